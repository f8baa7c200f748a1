# [DEF:superset.execution.connecting.run:Module]
# @COMPLEXITY: 3
# @PURPOSE: The run of a plan that also creates connections, before anything that uses them, and deletes the orphans
#   that are still unused.
# @RELATION INHERITS_FROM -> superset.execution.attaching
# @RELATION CALLS -> superset.connections.creation
# @RELATION CALLS -> superset.checks.pruning
# @RELATION DEPENDS_ON -> superset.execution.stages

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from apps.superset.assets import Key, Kind
from apps.superset.checks.pruning import in_use
from apps.superset.connections.creation import create_connection, require_secrets, test_connection
from apps.superset.connections.document import Secrets
from apps.superset.execution.attaching import CarryingExecution
from apps.superset.execution.preflight import refuse_stale, state_of
from apps.superset.execution.result import Result
from apps.superset.execution.stages import Connect, Preflight, Stage
from apps.superset.messages.message import Line, Message
from apps.superset.plan.plan import Note, first
from apps.superset.protocol import Act


class ConnectingExecution(CarryingExecution):
    """`secrets` are by UUID of a connection; they are in no snapshot, no ledger and no line."""

    secrets: Mapping[str, Secrets] = {}
    created: tuple[Key, ...] = ()
    prune = False
    step = Preflight({}, {})
    orphans: tuple[Line, ...] = ()
    """Why each that was to be deleted is kept."""

    def run(self, steps: Iterable[Stage]) -> Result:
        result = super().run(steps)
        notes = (Note.of("orphans_kept", first(self.orphans)),) if self.orphans else ()
        written = (*self.named(self.created), *result.written)
        return replace(result, written=written, warnings=notes, reasons=self.orphans)

    def preflight(self, step: Preflight) -> None:
        self.step = step
        super().preflight(step)
        taken = {entry.name: entry for entry in self.inventory.of_kind(Kind.DATABASE)}
        new = [key for key in self.pending(step.expected) if key.kind is Kind.DATABASE]
        found = [taken[name].label for key in new if (name := self.names[key]) in taken]
        refuse_stale([str(Message("deviation.exists", asset=label)) for label in found], self.target)

    @property
    def completes(self) -> bool:
        """Whether an earlier run of the plan has written: then a deletion that must not be done is left out."""
        return self.prune and self.safekeeping.resumed

    def refuse_changed(self, step: Preflight, changed: Sequence[Key]) -> None:
        theirs = [key for key in changed if step.wanted[key] is None] if self.completes else []
        self.spare_changed(theirs)
        super().refuse_changed(step, [key for key in changed if key not in theirs])

    def refuse_removal(self, step: Preflight) -> None:
        if self.completes:
            self.spare_used([key for key in self.pending(step.expected) if step.wanted[key] is None])
        super().refuse_removal(step)

    def carry_out(self, step: Stage) -> None:
        if isinstance(step, Connect):
            self.connect(self.pending(step.keys))
        else:
            super().carry_out(step)

    def remove(self, keys: Iterable[Key]) -> None:
        """An orphan that somebody has changed or begun to use since the preflight is kept. The content is there
        already, and the rest of the run publishes it."""
        keys = list(keys)
        if self.prune and keys:
            self.relist()
            step = replace(self.step, expected={key: self.step.expected[key] for key in keys})
            self.spare_changed(state_of(step, self.read(keys), self.inventory).changed)
            self.spare_used(self.pending(keys))
        super().remove(self.pending(keys))

    def spare_changed(self, keys: Iterable[Key]) -> None:
        for key in keys:
            self.spare(key, Message("refusal.orphan_changed"))

    def spare_used(self, keys: Iterable[Key]) -> None:
        for key, why in in_use(self.target, self.inventory, keys, self.desired.assets.keys(), self.reporter).items():
            self.spare(key, why)

    def spare(self, key: Key, why: Message) -> None:
        [name] = self.named([key])
        self.kept |= {key}
        line = Message("line.kept", asset=name, why=why.clause()).line()
        self.orphans += (line,)
        self.reporter.log(line, level="warning")

    def connect(self, keys: Iterable[Key]) -> None:
        """All are tested before the first is created."""
        assets = [self.desired.assets[key] for key in keys]
        given = {asset.key: self.secrets.get(asset.uuid, {}) for asset in assets}
        for asset in assets:
            require_secrets(asset, given[asset.key], self.target)
        for asset in assets:
            self.reporter.check_cancelled()
            self.reporter.log(Message("line.testing_connection", asset=asset, target=self.target.environment).line())
            test_connection(asset, given[asset.key], self.target)
        for asset in assets:
            self.reporter.check_cancelled()
            self.reporter.log(Message("line.creating_connection", asset=asset, target=self.target.environment).line())
            create = partial(create_connection, asset, given[asset.key], self.target)
            self.writer.write(Act.IMPORT, [asset.key], create)
            self.created += (asset.key,)
        if assets:
            self.relist()
