# [DEF:superset.execution.attached.setting:Module]
# @COMPLEXITY: 4
# @PURPOSE: One stage that sets what travels beside the documents: checked before anything is written, and read back.
# @RELATION DEPENDS_ON -> superset.execution.stages
# @RELATION DEPENDS_ON -> superset.execution.writer
# @RELATION CALLS -> superset.execution.attached.state
# @RELATION CALLS -> superset.execution.attached.counterparts
# @RELATION CALLS -> superset.carry.rules
# @RELATION CALLS -> superset.carry.annotations
# @RELATION CALLS -> superset.carry.counterparts
# @RELATION CALLS -> superset.carry.library.writing
# @RELATION CALLS -> contracts.belief
# @PRE: the assets exist, with the content of the plan
# @POST: what is attached reads back as planned; of an undo, what others have changed since is as they left it
# @SIDE_EFFECT: one request for each rule, new tag and embedding, and one for each asset, on the target

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from apps.contracts.belief import belief_scope, reason, reflect
from apps.superset.assets import Key
from apps.superset.carry.annotations import annotation_requests, in_order, is_shown
from apps.superset.carry.counterparts import read_tags
from apps.superset.carry.library.themes import is_gone
from apps.superset.carry.library.writing import OWN, agrees, leftovers, requests_of
from apps.superset.carry.rules import RESOURCE, request_of
from apps.superset.content.annotation_layers import Layer
from apps.superset.execution.attached.counterparts import Others, roles_gone
from apps.superset.execution.attached.state import (
    Now,
    exists,
    is_half_set,
    is_set,
    read_now,
    same,
    seen,
    stands_alone,
    tag_seen,
)
from apps.superset.execution.stages import Attach, Choice, Detach
from apps.superset.execution.writer import Writer
from apps.superset.inventory import Inventory
from apps.superset.messages.message import Message
from apps.superset.plan.attachment import Aspect, Attachment, Item, Items
from apps.superset.protocol import Act, Client, Reporter
from apps.superset.remote.sign_in_page import DASHBOARD_RBAC

TAG = "tag"
BY_ITSELF = (Aspect.RULES, Aspect.EMBEDDING, Aspect.ANNOTATIONS, *OWN)
"""What takes a request of its own."""


@dataclass(slots=True)
class Attaching:
    """One `Attach` or `Detach` stage on one target. `todo` is what is to be set, `kept` what others have changed since
    the run that an undo takes back."""

    step: Attach | Detach
    target: Client
    writer: Writer
    reporter: Reporter
    todo: list[Attachment] = field(default_factory=list)
    kept: list[Attachment] = field(default_factory=list)
    differed: list[Attachment] = field(default_factory=list)
    """What was not yet as it should be before the run: an undo also takes it away with its asset."""

    others: Others = field(default_factory=Others)
    """Of an undo: what others had created before the run could."""

    resumed: bool = False
    """Whether an earlier run of the same plan may have stopped within something."""

    imported: frozenset[Key] = frozenset()
    """What the run writes: an import removes the annotation layers of a chart."""

    layered: dict[Key, list[Layer]] = field(default_factory=dict)
    """The layers of charts that were set."""

    # --- before anything is written ----------------------------------------------------------------------------------

    def prepare(self, inventory: Inventory, left: Collection[Key] = ()) -> list[str]:
        """Sentences about what is neither as before nor as planned, which stops an apply. Assets that an undo has
        `left` to a person keep what is attached to them, rules that they share with others included."""
        now = self.now(self.step.attachments, inventory)
        stale = [*self._not_restricting(), *self._without_roles()]
        for each in self.step.attachments:
            found = now[each.slot]
            ours = self._is_ours(each, found, inventory) or self.step.choice is Choice.FORCE
            ours = ours and not (self.step.choice and is_gone(self.target, each))
            if ours and each.keys.isdisjoint(left):
                self.todo.append(each)
                self.differed += [] if is_set(each, now) else [each]
            elif self.step.choice is None:
                stale.append(_deviation(each, each.before, found))
            else:
                self._keep(each, found)
        return stale

    def _keep(self, each: Attachment, found: Items) -> None:
        self.kept.append(each)
        facts = {"asset": _asset(each), "aspect": each.aspect.value, "now": listed(found)}
        self.reporter.log(Message("line.attached.kept", **facts).line(), level="warning")

    def _not_restricting(self) -> Iterator[str]:
        """Dashboards whose roles, set by an apply, would no longer restrict anything."""
        restricted = [each for each in self.step.attachments if each.aspect is Aspect.ROLES and each.after]
        if restricted and self.step.choice is None and DASHBOARD_RBAC not in self.target.features():
            yield from (str(Message("deviation.unrestricted", asset=_asset(each))) for each in restricted)

    def _without_roles(self) -> Iterator[str]:
        """What the plan gives to roles that are gone: it would be refused when the content is there already."""
        for name, each in roles_gone(self.step.attachments, self.target) if self.step.choice is None else ():
            yield str(Message("deviation.role_gone", role=name, asset=_asset(each)))

    def _is_ours(self, each: Attachment, found: Items, inventory: Inventory) -> bool:
        """As before or as planned, whether or not an import has made the account an owner. An asset that does not
        exist has nothing attached; a rule exists by itself."""
        if not stands_alone(each) and each.key not in inventory:
            return True
        if each.is_layer and self.resumed and is_half_set(each, found):
            return True
        return any(self._has(each, side, found) for side in (each.before, each.after))

    def _has(self, each: Attachment, side: Items, found: Items) -> bool:
        """This side, but for what an import does: it removes the layers of a chart, and makes the account an owner."""
        if each.aspect is Aspect.ANNOTATIONS and not each.is_layer and not found and each.key in self.imported:
            return True
        if each.aspect in OWN:
            return agrees(each.aspect, side, found)
        account = self.target.account().id if each.aspect is Aspect.OWNERS else None
        return same(each.aspect, found, side, account)

    @property
    def done(self) -> list[Attachment]:
        """What the run changes."""
        return [each for each in self.differed if each in self.todo]

    # --- writing -----------------------------------------------------------------------------------------------------

    def undone_since(self, now: Now, inventory: Inventory) -> list[Attachment]:
        """What was as planned before the run and is no longer, because of others: the run sets it after all."""
        found = [each for each in self.todo if each not in self.differed and exists(each, inventory)]
        undone = [each for each in found if not self._has(each, each.after, now[each.slot])]
        self.differed += undone
        return undone

    def carry_out(self, now: Now, inventory: Inventory, drafts: Iterable[Key]) -> None:
        """`drafts` are to be published."""
        pending = [each for each in self.todo if exists(each, inventory) and not is_set(each, now)]
        with belief_scope("superset.execution.attached.setting"):
            reason("the content is on the target", attachments=len(self.todo), pending=len(pending))
            self._set(pending, frozenset(drafts), now, inventory)
            reflect("each request was answered", kept=len(self.kept))

    def _set(self, pending: Sequence[Attachment], drafts: frozenset[Key], now: Now, inventory: Inventory) -> None:
        """Rules before the dashboards that show their datasets are published, and embedding last of all."""
        self._create_tags(pending)
        for each in pending:
            if each.aspect is Aspect.RULES:
                self._set_rule(each, now[each.slot], inventory)
        self._set_annotations(pending, now, inventory)
        self._set_assets([each for each in pending if each.aspect not in BY_ITSELF], drafts, inventory)
        for each in pending:
            if each.aspect is Aspect.EMBEDDING:
                self._embed(each, inventory)
            if each.aspect in OWN:
                self._set_of_library(each, now[each.slot], inventory)
        self._remove_tags()
        undone = self.todo if self.step.choice is not None else ()
        for key, request in leftovers(self.target, undone, inventory, self.others.themes):
            self.writer.write(Act.UPDATE, [key], request)

    def _set_assets(self, pending: Sequence[Attachment], drafts: frozenset[Key], inventory: Inventory) -> None:
        """One request for each asset: a dashboard is published together with its roles."""
        tags = read_tags(self.target) if any(each.aspect is Aspect.TAGS for each in pending) else {}
        for key in dict.fromkeys([*(each.key for each in pending), *drafts]):
            own = [each for each in pending if each.key == key]
            fields: dict[str, Any] = {each.aspect.value: _numbers(each, tags) for each in own}
            if key in drafts:
                fields["published"] = True
            for each in own:
                self._log(each)
            self.reporter.check_cancelled()
            act, waiting = (Act.PUBLISH, [key]) if key in drafts else (Act.ATTACH, [])
            update = partial(self.target.update, key.kind, inventory.entries[key].id, fields)
            self.writer.write(act, [key], update, shown=partial(seen, self.target, own, waiting))

    def _set_rule(self, each: Attachment, found: Items, inventory: Inventory) -> None:
        self._log(each)
        self.reporter.check_cancelled()
        if not each.after:
            numbers = [item.id for item in found if item.id is not None]
            if numbers:
                self._write(each, partial(self.target.delete_rows, RESOURCE, numbers))
            return
        fields = request_of(each.name, each.after[0], inventory)
        if found and found[0].id is not None:
            self._write(each, partial(self.target.update_row, RESOURCE, found[0].id, fields))
        else:
            self._write(each, partial(self.target.create_row, RESOURCE, fields))

    def _embed(self, each: Attachment, inventory: Inventory) -> None:
        """Only what the run itself configured is removed."""
        self._log(each)
        self.reporter.check_cancelled()
        domains = each.after[0].facts["domains"] if each.after else None
        embed = partial(self.target.embed, inventory.entries[each.key].id, domains)
        self._write(each, embed)

    def _write(self, each: Attachment, request: Callable[[], None]) -> None:
        self.writer.write(Act.ATTACH, [each.key], request, shown=partial(seen, self.target, [each], ()))

    def _set_annotations(self, pending: Iterable[Attachment], now: Now, inventory: Inventory) -> None:
        """A layer that a chart still shows is not removed."""
        for each in in_order(each for each in pending if each.aspect is Aspect.ANNOTATIONS):
            found = now[each.slot]
            if each.is_layer and not each.after and found and is_shown(self.target, found[0].id or 0):
                self.todo.remove(each)
                self._keep(each, found)
                continue
            self._log(each)
            for request in annotation_requests(self.target, each, found, inventory, self.layered):
                self.reporter.check_cancelled()
                self.writer.write(Act.ATTACH, [each.key], request)

    def _set_of_library(self, each: Attachment, found: Items, inventory: Inventory) -> None:
        self._log(each)
        for request in requests_of(self.target, each, found, inventory):
            self.reporter.check_cancelled()
            self.writer.write(Act.ATTACH, [each.key], request)

    def _create_tags(self, pending: Iterable[Attachment]) -> None:
        """An asset takes tags by number, so they exist first."""
        wanted = {item.name: each for each in pending if each.aspect is Aspect.TAGS for item in each.after}
        missing = wanted.keys() - read_tags(self.target).keys() if wanted else ()
        for name in sorted(missing):
            self.reporter.check_cancelled()
            create = partial(self.target.create_row, TAG, {"name": name, "description": "", "objects_to_tag": []})
            shown = partial(tag_seen, self.target, name, exists=True)
            self.writer.write(Act.ATTACH, [wanted[name].key], create, shown=shown)

    def _remove_tags(self) -> None:
        """Of an undo: the tags that the run created, where nothing has them any more. Those of assets that are gone are
        among them."""
        created = {
            item.name: each.key
            for each in self.todo
            if self.step.choice is not None and each.aspect is Aspect.TAGS
            for item in each.before
            if item.id is None and item.name not in self.others.tags
        }
        known = read_tags(self.target) if created else {}
        for name, key in sorted(created.items()):
            if name in known and not self.target.row(TAG, f"get_objects/?tagIds={known[name]}"):
                delete = partial(self.target.delete_rows, TAG, [name])
                self.writer.write(Act.ATTACH, [key], delete, shown=partial(tag_seen, self.target, name, exists=False))

    def _log(self, each: Attachment) -> None:
        facts = {"asset": _asset(each), "aspect": each.aspect.value}
        sides = {"before": listed(each.before), "after": listed(each.after)}
        self.reporter.log(Message("line.attached", **facts, **sides).line())

    # --- afterwards --------------------------------------------------------------------------------------------------

    def remaining(self, inventory: Inventory) -> list[str]:
        """One sentence for each that does not read back as planned."""
        now = self.now(self.todo, inventory)
        missing = [each for each in self.todo if exists(each, inventory) and not is_set(each, now)]
        return [_deviation(each, each.after, now[each.slot]) for each in missing]

    # --- reading -----------------------------------------------------------------------------------------------------

    def now(self, attachments: Iterable[Attachment], inventory: Inventory) -> Now:
        return read_now(self.target, attachments, inventory)


def _numbers(each: Attachment, tags: Mapping[str, int]) -> list[int]:
    if each.aspect is Aspect.TAGS:
        return sorted(tags[item.name] for item in each.after)
    return [item.id for item in each.after if item.id is not None]


def _deviation(each: Attachment, wanted: Items, found: Items) -> str:
    facts = {"before": listed(wanted), "after": listed(found)}
    return str(Message("deviation.attachment", asset=_asset(each), aspect=each.aspect.value, **facts))


def _asset(each: Attachment) -> str:
    return f"{each.noun} “{each.name}”"


def listed(items: Iterable[Item]) -> str:
    return ", ".join(item.name for item in items) or str(Message("deviation.attachment.none"))


def line(each: Attachment) -> str:
    return f"{_asset(each)}: {each.aspect.value}: {listed(each.before)} → {listed(each.after)}"
