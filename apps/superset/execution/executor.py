# [DEF:superset.execution.executor:Module]
# @COMPLEXITY: 5
# @PURPOSE: Carries out the stages of a plan on the target: the only module that changes a Superset.
# @RELATION DEPENDS_ON -> superset.execution.stages
# @RELATION CALLS -> superset.execution.writer
# @RELATION CALLS -> superset.execution.preflight
# @RELATION CALLS -> superset.execution.membership
# @RELATION CALLS -> superset.remote.exports
# @RELATION CALLS -> superset.references.localise
# @RELATION CALLS -> superset.execution.verify
# @RELATION CALLS -> contracts.belief
# @PRE: the plan has no refusals; if it needs approval, it was approved
# @POST: every asset of the plan reads back as planned, or the context of the error says what was and may be written
# @SIDE_EFFECT: imports, updates and deletions on the target; a snapshot is stored before the first of them
# @DATA_CONTRACT: symbolic assets and stages in, a Result out; an error has the keys of written assets in
#   `context["written"]`, and those that may have been written in `context["open"]`
# @INVARIANT: only what the plan names is sent, only after the snapshot is stored, and nothing is retried blindly
# @RATIONALE: one import and then a repair, because no importer remaps all numbers (docs/decisions/0002)
# @REJECTED: one request per asset: slower, and a failure leaves more half done

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from apps.contracts.belief import belief_scope, reason, reflect
from apps.superset.assets import Asset, Bundle, Key, Kind, counted
from apps.superset.checks.ownership import foreign
from apps.superset.content.outgoing import outgoing
from apps.superset.content.untouched_keys import cut_layers
from apps.superset.errors import NotVerified, SupersetError
from apps.superset.execution.explain import explanation
from apps.superset.execution.imports import import_through
from apps.superset.execution.membership import leaving, relinked, unlink, unlinked
from apps.superset.execution.preflight import (
    as_sent,
    changed_facts,
    conflicts,
    forbidden,
    refuse_open,
    refuse_stale,
    standing_on,
    state_of,
    undo_blocked,
)
from apps.superset.execution.readback import look_at
from apps.superset.execution.removal import against_removal, batched
from apps.superset.execution.result import REPAIRS_NAMED, Result, SetReference
from apps.superset.execution.snapshots import Safekeeping
from apps.superset.execution.stages import (
    Choice,
    Finish,
    FreeSlugs,
    Preflight,
    Remove,
    Repair,
    Restore,
    Send,
    Settle,
    Snapshot,
    Stage,
    Verify,
    sends,
    unlinks,
)
from apps.superset.execution.verify import deviations, not_verified, remaining, unlinked_charts
from apps.superset.execution.writer import PATIENCE, Writer
from apps.superset.inventory import Inventory, read_inventory
from apps.superset.messages.message import Message
from apps.superset.plan.refusal import refuse
from apps.superset.plan.slugs import is_provisional, provisional_slug, waiting
from apps.superset.planning.dependents import came_since
from apps.superset.protocol import Act, Client, Ledger, Outcome, Reporter
from apps.superset.references.localise import localise
from apps.superset.references.numbering import (
    Numbering,
    changed_references,
    provisional_numbers,
    raw_settings,
    same_but_layout,
)
from apps.superset.references.planned_texts import as_planned
from apps.superset.references.translations import log_translations
from apps.superset.releases.base import Endpoint
from apps.superset.remote.attachments import read_owners
from apps.superset.remote.exports import Exported, read_readable
from apps.superset.validation.completion import completed
from apps.superset.validation.importable import checked


class Execution:
    """One run on one target. Stages are carried out in the order given; the first failure ends it.

    Every SupersetError has the keys of written assets in `context["written"]`, and of those that may have been written
    in `context["open"]`. `first` are snapshots of earlier runs of the same plan: the target before all of them.
    `excused`: also try assets that the account does not own. `left`: the state that the undone run left.
    """

    def __init__(  # noqa: PLR0913 - each is a fact about the run
        self,
        desired: Bundle,
        target: Client,
        reporter: Reporter,
        ledger: Ledger,
        names: Mapping[Key, str],
        *,
        first: Bundle | None = None,
        patience: float = PATIENCE,
        excused: bool = False,
        left: Bundle | None = None,
    ) -> None:
        self.desired, self.target, self.reporter, self.excused = desired, target, reporter, excused
        self.safekeeping = Safekeeping(target, Bundle({}) if first is None else first)
        self.ledger, self.names, self.left = ledger, names, left or desired
        self.provisional = {number: key for key, number in provisional_numbers({*names, *desired.assets}).items()}
        self.numbering = Numbering(target, Inventory({}), desired)
        self.before = Exported(Bundle({}), Bundle({}), ())
        self.writer = Writer(target, reporter, ledger, self.look, patience=patience)
        self.done: frozenset[Key] = frozenset()
        self.unchanged: list[Key] = []
        self.kept: frozenset[Key] = frozenset()
        self.sent: dict[Key, Asset] = {}
        self.unproven: set[Key] = set()
        self.removed: list[Key] = []
        self.repairs: list[SetReference] = []
        self.detached: frozenset[int] = frozenset()

    @property
    def inventory(self) -> Inventory:
        """The target as last listed."""
        return self.numbering.inventory

    def run(self, steps: Iterable[Stage]) -> Result:
        steps = list(steps)
        with belief_scope("superset.execution.executor"):
            reason("the target is as planned, which the preflight proves", stages=len(steps), planned=len(self.names))
            try:
                self.carry_out_all(steps)
            except SupersetError as error:
                if isinstance(error, NotVerified):
                    self.writer.doubt()
                self.writer.account_for(error)
                raise
            written, removed, repaired = len(self.sent), len(self.removed), len(self.repairs)
            reflect("what was written reads back as planned", written=written, removed=removed, repaired=repaired)
        return Result(
            self.named(self.sent),
            self.named(self.removed),
            repaired,
            repairs=tuple(self.repairs[:REPAIRS_NAMED]),
            unchanged=self.named(self.unchanged),
            kept=self.named(sorted(self.kept, key=str)),
        )

    def carry_out_all(self, steps: list[Stage]) -> None:
        for number, step in enumerate(steps, 1):
            self.reporter.stage(step.name, number, len(steps))
            self.reporter.log(explanation(step).line())
            self.carry_out(step)

    def named(self, keys: Iterable[Key]) -> tuple[str, ...]:
        return tuple(f"{key.kind} “{self.names.get(key, key.uuid)}”" for key in keys)

    def carry_out(self, step: Stage) -> None:
        match step:
            case Settle() | Preflight():
                self.reporter.check_cancelled()
                self.settle(step) if isinstance(step, Settle) else self.preflight(step)
            case Snapshot(keys):
                self.snapshot(keys)
            case FreeSlugs(keys):
                self.free_slugs(self.pending(keys))
            case Send(keys, endpoint):
                self.import_now(self.pending(keys), endpoint)
            case Repair(keys):
                self.repair(self.pending(keys))
            case Restore(keys):
                self.restore_owners(keys)
            case Remove(keys):
                self.remove(self.pending(keys))
            case Verify(expected):
                self.verify({key: wanted for key, wanted in expected.items() if key not in self.kept})
            case Finish():
                self.reporter.log(Message("line.done", written=len(self.sent), removed=len(self.removed)).line())

    def pending(self, keys: Iterable[Key]) -> list[Key]:
        """Without assets that are already as wanted, and those left to a person."""
        return [key for key in keys if key not in self.done and key not in self.kept]

    # --- before anything is sent -------------------------------------------------------------------------------------

    def settle(self, step: Settle) -> None:
        known = self.writer.settle_earlier(step.writes)
        still_open = [write for write, outcome in known if outcome is Outcome.SENT]
        imports = [(write, outcome) for write, outcome in known if write.act is Act.IMPORT]
        self.unproven = {key for write, outcome in imports if outcome is not Outcome.WRITTEN for key in write.wanted}
        if step.required:
            refuse_open([key for write in still_open for key in write.wanted], self.target)

    def preflight(self, step: Preflight) -> None:
        self.relist()
        self.before = self.read(step.expected)
        self.writer.wanted, self.writer.unfinished = step.wanted, self.before.unfinished
        self.writer.before = step.expected
        state = state_of(step, self.before, self.inventory)
        self.done = state.done
        self.unchanged = [key for key in step.expected if key in state.done]
        self.refuse_changed(step, [*state.changed, *self.of_others(step)])
        sent = Bundle.of(self.desired.assets[key] for key in self.pending(self.desired.assets))
        refuse_stale(conflicts(sent, self.inventory, self.target.profile, self.pending(step.freed)), self.target)
        todo = self.pending(step.expected)
        lacking = forbidden(step, todo, self.desired, self.target, self.inventory, excused=self.excused)
        refuse(lacking, self.target.environment)
        self.refuse_removal(step)
        self.ask_users(step)

    def ask_users(self, step: Preflight) -> None:
        """Dashboards that began to use an overwritten asset after the plan would change too, without approval."""
        if step.choice is None:
            used_by = {key: step.used_by[key] for key in self.pending(step.used_by)}
            own = {key for key in step.expected if key.kind is Kind.DASHBOARD}
            refuse_stale(list(came_since(used_by, own, self.target, self.inventory, self.reporter)), self.target)

    def of_others(self, step: Preflight) -> list[Key]:
        """For an undo: assets that look as an uncertain request would have left them, but that others own: an import
        would have made the account an owner."""
        if step.choice is None:
            return []
        sent = as_sent(self.unproven & {*self.pending(step.expected)}, step, self.before, self.inventory)
        strange = foreign(self.target, self.inventory, sent)
        return [key for key in sent if key in strange]

    def relist(self) -> None:
        self.numbering = Numbering(self.target, self.listed(), self.desired)

    def listed(self) -> Inventory:
        return replace(
            read_inventory(self.target, also=self.target.profile.columns.usage), provisional=self.provisional
        )

    def look(self, keys: Sequence[Key]) -> tuple[Exported, Inventory]:
        """These assets as they are on the target now, read again."""
        there = self.listed()
        return self.as_meant(look_at(keys, self.target, there), there), there

    def read(self, keys: Iterable[Key]) -> Exported:
        """The existing ones; an asset that cannot be exported is not in an expected state."""
        exported = read_readable(self.target, self.inventory, keys, self.reporter)
        exported.require_server()
        return self.as_meant(exported, self.inventory)

    def as_meant(self, exported: Exported, inventory: Inventory) -> Exported:
        wanted = as_planned(exported.symbolic, self.desired, inventory)
        return replace(exported, symbolic=as_planned(wanted, self.left, inventory))

    def refuse_changed(self, step: Preflight, changed: Sequence[Key]) -> None:
        """Changes by others stop an apply; an undo treats them according to its `choice`."""
        match step.choice:
            case None:
                expected = {key: step.expected[key] for key in changed}
                refuse_stale(deviations(expected, self.before, self.inventory), self.target)
            case Choice.REFUSE if changed:
                gone = [key for key in self.unchanged if key not in self.inventory]
                facts = changed_facts([*changed, *gone], self.names, self.target, self.inventory, self.before)
                raise undo_blocked(facts, self.target)
            case Choice.KEEP_CHANGED:
                self.keep(changed, "changed since")
                while stuck := waiting(self.pending(step.expected), self.kept, self.desired, self.inventory):
                    self.keep(stuck, "one that is kept has its slug")

    def keep(self, keys: Iterable[Key], why: str) -> None:
        """Leave these to a person, together with their dependencies that would be removed."""
        needed = {key for key in standing_on(keys, self.before) if key not in self.desired}
        self.kept |= {*keys, *(needed & set(self.names))}
        for name in self.named(keys):
            self.reporter.log(Message("line.kept", asset=name, why=why).line(), level="warning")

    def refuse_removal(self, step: Preflight) -> None:
        doomed = [key for key in self.pending(step.expected) if key not in self.desired]
        plan = {key for key in step.expected if key not in self.kept}
        reasons = against_removal(self.target, self.inventory, doomed, plan, self.reporter, detached=self.detached)
        if step.choice is not Choice.KEEP_CHANGED:
            refuse(reasons, self.target.environment)
        for refusal in reasons if step.choice is Choice.KEEP_CHANGED else ():
            self.keep([Key.parse(refusal.facts["key"])], refusal.text)

    def snapshot(self, keys: Iterable[Key]) -> None:
        pending, overwritten = self.pending(keys), [key for key in keys if key in self.desired and key not in self.kept]
        assets = [asset for key in pending if (asset := self.before.symbolic.get(key)) and key in self.inventory]
        self.safekeeping.take(assets, self.inventory, overwritten, self.before)
        self.ledger.snapshot(self.safekeeping.packed)

    # --- writing -----------------------------------------------------------------------------------------------------

    def localised(self, keys: Iterable[Key]) -> list[Asset]:
        """What is sent for these, with the target's current numbers."""
        profile = self.target.profile
        assets = [outgoing(completed(self.desired.assets[key], profile.line), profile) for key in keys]
        self.numbering.load_columns(assets)
        return checked((localise(asset, self.numbering.numbers) for asset in assets), profile, self.target.environment)

    def free_slugs(self, keys: Iterable[Key]) -> None:
        """Those that exist and did not give up their slug in an earlier run."""
        for asset in [asset for key in keys if (asset := self.before.symbolic.get(key)) and not is_provisional(asset)]:
            slug = provisional_slug(asset.key)
            self.reporter.log(Message("line.provisional_slug", asset=asset, slug=slug).line())
            self.update(asset.key, {"slug": slug})

    def update(self, key: Key, fields: dict[str, Any]) -> None:
        """One PUT."""
        self.reporter.check_cancelled()
        request = partial(self.target.update, key.kind, self.inventory.entries[key].id, fields)
        self.writer.write(Act.UPDATE, [key], request)

    def import_now(self, keys: Sequence[Key], endpoint: Endpoint) -> None:
        self.reporter.check_cancelled()
        if endpoint is not Endpoint.ASSETS:
            self.renumber()
        assets = self.localised(keys)
        self.unlink(asset for asset in assets if unlinks(asset, self.target.profile))
        self.send(Act.IMPORT, assets, endpoint)

    def unlink(self, dashboards: Iterable[Asset]) -> None:
        """The charts that leave a layout, before the import (see `membership`)."""
        for dashboard, chart in leaving(dashboards, self.inventory):
            self.reporter.check_cancelled()
            self.reporter.log(Message("line.unlinking", chart=chart.label, asset=dashboard).line())
            facts = chart, self.inventory.entries[dashboard.key].id, self.target
            self.writer.write(Act.UNLINK, [dashboard.key], partial(unlink, *facts), shown=partial(unlinked, *facts))

    def send(self, act: Act, assets: list[Asset], endpoint: Endpoint) -> None:
        if not assets:
            return
        keys = [asset.key for asset in assets]
        self.reporter.log(Message("line.sending", assets=counted(keys), target=self.target.environment).line())
        self.writer.write(act, keys, partial(import_through, endpoint, assets, self.target, self.numbering))
        self.sent.update((asset.key, asset) for asset in assets)

    def repair(self, keys: Sequence[Key]) -> None:
        """New assets have their numbers only now; assets that were sent without these numbers are sent again."""
        self.renumber()
        final = {asset.key: asset for asset in self.localised(keys)}
        log_translations((self.desired.assets[key] for key in keys), self.numbering.numbers, self.reporter)
        again = [asset for key, asset in final.items() if not same_but_layout(self.sent[key], asset)]
        self.log_references(again)
        for step in sends(again, self.target.release()):
            self.reporter.check_cancelled()
            self.send(Act.REPAIR, [final[key] for key in step.keys], step.endpoint)
        self.restore_settings(final.values())

    def log_references(self, assets: Iterable[Asset]) -> None:
        """For the log: the ids that are now set, before and after."""
        for asset in assets:
            changes = changed_references(self.sent[asset.key], asset)
            self.repairs.extend(SetReference.of(asset, **each) for each in changes)
            self.reporter.log(f"{asset}: references set: {len(changes)}", level="debug", references=changes)

    def renumber(self) -> None:
        """Read the numbers of assets created since the target was last listed."""
        if all(key in self.inventory for key in self.sent):
            return
        self.relist()
        if lost := [key for key in self.sent if key not in self.inventory]:
            message = Message("error.not_there", assets=", ".join(self.named(lost)))
            raise NotVerified(message, environment=self.target.environment)

    def restore_settings(self, assets: Iterable[Asset]) -> None:
        """The importer removes annotation layers from a chart and converts old chart types; a PUT does neither."""
        for asset in assets:
            if cut_layers(asset) or asset.document.get("viz_type") in self.target.profile.converted_on_import:
                self.update(asset.key, raw_settings(asset))

    def restore_owners(self, keys: Iterable[Key]) -> None:
        """One request for each asset that an import has made the account an owner of. Owners that somebody has added
        since the run began are kept, and reported at the end."""
        wanted = dict(self.safekeeping.owners(keys, self.sent))
        now = read_owners(self.target, self.inventory, wanted) if wanted else {}
        for key, was in wanted.items():
            self.update(key, {"owners": self.safekeeping.without_account(now[key]) if key in now else was})

    def remove(self, keys: Iterable[Key]) -> None:
        for batch in batched([key for key in keys if key in self.inventory], self.target.profile.page_size):
            delete = partial(self.target.delete, batch[0].kind, self.inventory.ids(batch))
            self.writer.write(Act.DELETE, batch, delete)
            self.removed.extend(batch)
        self.relist()

    # --- afterwards --------------------------------------------------------------------------------------------------

    def verify(self, expected: Mapping[Key, str | None]) -> None:
        self.renumber()
        after = self.read(expected)
        differences = remaining(expected, self.desired, self.sent, after, self.inventory)
        if any(key.kind is Kind.DASHBOARD for key in self.sent):
            differences += unlinked_charts(self.sent, after, relinked(self.inventory, self.target))
        differences += self.safekeeping.changed(self.inventory, after, lambda key: self.named([key])[0])
        if differences:
            raise not_verified(differences, self.target.environment)
