# [DEF:superset.execution.connecting.run:Module]
# @COMPLEXITY: 3
# @PURPOSE: The run of a plan that also creates connections, before anything that uses them, and deletes orphans.
# @RELATION INHERITS_FROM -> superset.execution.attaching
# @RELATION CALLS -> superset.connections.creation
# @RELATION CALLS -> superset.checks.pruning
# @RELATION DEPENDS_ON -> superset.execution.stages

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial

from apps.superset.assets import Key, Kind
from apps.superset.checks.pruning import against_pruning
from apps.superset.connections.creation import create_connection, require_secrets, test_connection
from apps.superset.connections.document import Secrets
from apps.superset.execution.attaching import CarryingExecution
from apps.superset.execution.preflight import refuse_stale
from apps.superset.execution.result import Result
from apps.superset.execution.stages import Connect, Preflight, Stage
from apps.superset.messages.message import Message
from apps.superset.protocol import Act


class ConnectingExecution(CarryingExecution):
    """`secrets` are by UUID of a connection; they are in no snapshot, no ledger and no line."""

    secrets: Mapping[str, Secrets] = {}
    created: tuple[Key, ...] = ()
    prune = False

    def run(self, steps: Iterable[Stage]) -> Result:
        result = super().run(steps)
        return replace(result, written=(*self.named(self.created), *result.written))

    def preflight(self, step: Preflight) -> None:
        super().preflight(step)
        taken = {entry.name: entry for entry in self.inventory.of_kind(Kind.DATABASE)}
        new = [key for key in self.pending(step.expected) if key.kind is Kind.DATABASE]
        found = [taken[name].label for key in new if (name := self.names[key]) in taken]
        refuse_stale([str(Message("deviation.exists", asset=label)) for label in found], self.target)

    def carry_out(self, step: Stage) -> None:
        if isinstance(step, Connect):
            self.connect(self.pending(step.keys))
        else:
            super().carry_out(step)

    def remove(self, keys: Iterable[Key]) -> None:
        """What began to use an orphan since the preflight stops its deletion."""
        keys = list(keys)
        if self.prune:
            self.relist()
            reasons = against_pruning(self.target, self.inventory, keys, {*self.desired.assets, *keys}, self.reporter)
            refuse_stale([f"{each.asset}: {each.text}" for each in reasons], self.target)
        super().remove(keys)

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
