# [DEF:superset.execution.attaching:Module]
# @COMPLEXITY: 4
# @PURPOSE: A run that also sets what travels beside the documents; a dashboard is published only once it is restricted.
# @RELATION INHERITS_FROM -> superset.execution.executor
# @RELATION CALLS -> superset.execution.attached.setting
# @RELATION CALLS -> superset.execution.attached.state
# @RELATION CALLS -> superset.execution.attached.counterparts
# @RELATION CALLS -> superset.carry.chart_layers
# @RELATION CALLS -> superset.carry.relied
# @RELATION CALLS -> contracts.belief
# @PRE: the assets exist, with the content of the plan
# @POST: what is attached reads back as planned; of an undo, what others have changed since is as they left it
# @SIDE_EFFECT: what `attached.setting` sends, on the target

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from apps.contracts.belief import belief_scope, reason, reflect
from apps.superset.assets import Asset, Bundle, Key
from apps.superset.carry.chart_layers import layered
from apps.superset.carry.relied import lifted, seen_by_more
from apps.superset.execution.attached.counterparts import Others, others_in
from apps.superset.execution.attached.setting import Attaching, line
from apps.superset.execution.attached.state import showing
from apps.superset.execution.executor import Execution
from apps.superset.execution.preflight import refuse_stale
from apps.superset.execution.readback import is_draft
from apps.superset.execution.result import Result
from apps.superset.execution.stages import Attach, Detach, Preflight, Send, Settle, Stage
from apps.superset.execution.verify import not_verified
from apps.superset.messages.message import Message
from apps.superset.plan.attachment import Aspect, Attachment
from apps.superset.protocol import Act
from apps.superset.remote.attachments import EMBEDDING, REPORTS, RULES, THEME

KEPT_BY: Mapping[Aspect, str] = {
    Aspect.OWNERS: "owners",
    Aspect.ROLES: "roles",
    Aspect.TAGS: "tags",
    Aspect.RULES: RULES,
    Aspect.EMBEDDING: EMBEDDING,
    Aspect.ANNOTATIONS: "annotations",
    Aspect.THEMES: THEME,
    Aspect.REPORTS: REPORTS,
}
"""What the run itself sets is not expected to be as before (see `remote.attachments`)."""


class CarryingExecution(Execution):
    """As `Execution`. `closed` are the dashboards that are sent as drafts, each with its content hash as such, and
    `planned` the content hashes of the plan."""

    closed: Mapping[Key, str] = {}
    planned: Mapping[Key, str | None] = {}
    hidden: frozenset[Key] = frozenset()
    beside: tuple[str, ...] = ()
    """Of an undo: what it leaves of its plan from the start."""

    attaching: Attaching | None = None
    detaching: Attaching | None = None

    def run(self, steps: Iterable[Stage]) -> Result:
        steps = list(steps)
        step = next((each for each in steps if isinstance(each, Attach)), None)
        self.attaching = Attaching(step, self.target, self.writer, self.reporter) if step else None
        if self.attaching:
            self.attaching.others = Others.from_json(self.safekeeping.others)
            self.attaching.resumed = step is not None and (step.choice is not None or self.safekeeping.resumed)
        first = next((each for each in steps if isinstance(each, Detach)), None)
        self.detaching = Attaching(first, self.target, self.writer, self.reporter) if first else None
        self.closed = step.drafts if step else {}
        return super().run(steps).with_attached(*self._named())

    @property
    def both(self) -> list[Attaching]:
        return [each for each in (self.detaching, self.attaching) if each]

    def _named(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What was set, and what was left as others have changed it."""
        done, kept = (each.done for each in self.both), (each.kept for each in self.both)
        named = tuple(line(one) for own in kept for one in own)
        return tuple(line(one) for own in done for one in own), (*named, *self.beside)

    def leave(self, each: Attachment, why: Message) -> None:
        self.beside += (line(each.inverse),)
        self.reporter.log(why.line(), level="warning")

    def settle(self, step: Settle) -> None:
        super().settle(replace(step, writes=showing(step.writes, self.target)))

    def preflight(self, step: Preflight) -> None:
        if step.choice is None and not self.safekeeping.resumed:  # whoever else unpublished one meant it
            step = replace(step, drafts={})
        super().preflight(step)
        self.planned = step.wanted
        self.writer.wanted = {**step.wanted, **self.closed}
        if self.detaching:  # what is kept by now may have a report
            self.detaching.todo = [each for each in self.detaching.todo if each.keys.isdisjoint(self.kept)]
        stale = [*lifted(step.relied, self.target, self.inventory), *self.seen_by_more(step)]
        if self.attaching:
            self.attaching.imported = frozenset(key for key, was in step.expected.items() if was != step.wanted[key])
            stale += self.attaching.prepare(self.inventory, self.kept)
        refuse_stale(stale, self.target)

    def seen_by_more(self, step: Preflight) -> Iterator[str]:
        attachments = self.attaching.step.attachments if self.attaching else ()
        now = self.before.symbolic
        before_runs = now.merged(self.safekeeping.first)

        def found(key: Key) -> Bundle:
            return before_runs if key in step.drafts else now

        yield from seen_by_more(step.access, self.desired, found, attachments, self.target, self.inventory)

    def refuse_removal(self, step: Preflight) -> None:
        """What the undo deletes first stands in no way."""
        if self.detaching:
            self.detaching.prepare(self.inventory, self.kept)
            now = self.detaching.now(self.detaching.todo, self.inventory)
            self.detached = frozenset(item.id for items in now.values() for item in items if item.id is not None)
        super().refuse_removal(step)

    def snapshot(self, keys: Iterable[Key]) -> None:
        if self.attaching:
            self.safekeeping.keep_others(others_in(self.attaching.step.attachments, self.target).to_json())
            self.safekeeping.set_by_run(each.slot for each in self.attaching.done)
        super().snapshot(keys)
        for each in (one for own in self.both for one in own.todo):
            for key in each.keys if each.aspect in KEPT_BY else ():
                self.safekeeping.leave(key, KEPT_BY[each.aspect])

    def localised(self, keys: Iterable[Key]) -> list[Asset]:
        return [
            asset.with_document({**asset.document, "published": False}) if asset.key in self.closed else asset
            for asset in super().localised(keys)
        ]

    def carry_out(self, step: Stage) -> None:
        if isinstance(step, Send):
            self.hide(step)
        if isinstance(step, Attach):
            self.attach()
        elif isinstance(step, Detach) and self.detaching:
            now = self.detaching.now(self.detaching.todo, self.inventory)
            self.detaching.carry_out(now, self.inventory, ())
        else:
            super().carry_out(step)

    def hide(self, step: Send) -> None:
        """The published dashboards that a later request sends as drafts: what this one writes may be on them."""
        there = (key for key in self.pending(self.closed) if key in self.inventory)
        shown = {key for key in there if not is_draft(self.before.symbolic.get(key))}
        for key in sorted(shown - {*step.keys, *self.sent, *self.hidden}, key=str):
            self.reporter.check_cancelled()
            self.reporter.log(Message("line.hidden", asset=self.named([key])[0]).line())
            request = partial(self.target.update, key.kind, self.inventory.entries[key].id, {"published": False})
            self.writer.write(Act.HIDE, [key], request)
            self.hidden |= {key}

    def attach(self) -> None:
        assert self.attaching
        self.renumber()
        now = self.attaching.now(self.attaching.todo, self.inventory)
        if undone := self.attaching.undone_since(now, self.inventory):
            self.safekeeping.set_by_run(each.slot for each in undone)
            self.ledger.snapshot(self.safekeeping.packed)
        drafts = [key for key in self.closed if key in self.sent]
        with belief_scope("superset.execution.attaching"):
            reason("these arrived as drafts and become public with their roles", drafts=len(drafts))
            self.attaching.carry_out(now, self.inventory, drafts)
            reflect("what others have changed is left to them", kept=len(self.attaching.kept))
        for key, layers in self.attaching.layered.items():
            if key in self.sent:
                self.sent[key] = layered(self.sent[key], layers)
        self.restore_owners(each.key for each in self.attaching.kept if each.aspect is Aspect.OWNERS)
        for key in drafts:
            self.sent[key] = self.sent[key].with_document({**self.sent[key].document, "published": True})
            self.reporter.log(Message("line.published", asset=self.named([key])[0]).line())
        self.closed = {}
        self.writer.wanted = self.planned

    def verify(self, expected: Mapping[Key, str | None]) -> None:
        super().verify(expected)
        if differences := [line for each in self.both for line in each.remaining(self.inventory)]:
            raise not_verified(differences, self.target.environment)
