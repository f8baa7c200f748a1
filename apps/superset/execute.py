# [DEF:superset.execute:Module]
# @COMPLEXITY: 5
# @PURPOSE: Carrying out the stages of a plan on the target: the only module that changes a Superset.
# @RELATION DEPENDS_ON -> superset.stages
# @RELATION CALLS -> superset.reading
# @RELATION CALLS -> superset.references
# @RELATION CALLS -> superset.verify
# @RELATION CALLS -> contracts.belief
# @PRE: the plan refused nothing; where somebody has to approve it, somebody did
# @POST: every asset of the plan reads back as planned, or the error says in its context what was written
# @SIDE_EFFECT: imports, updates and deletions on the target; a snapshot is handed out before the first of them
# @DATA_CONTRACT: symbolic assets and stages in, a Result out; `context["written"]` of an error has the keys that
#   were sent
# @INVARIANT: nothing is sent that the plan does not name, nothing before the snapshot is kept, and nothing blindly
#   twice
# @RATIONALE: one import and then a repair, because no importer remaps all numbers (docs/decisions/0002)
# @REJECTED: one request for each asset: slower, and a failure leaves more of it half done

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from apps.contracts.belief import belief_scope, reason, reflect
from apps.superset import aftermath, guards
from apps.superset.assets import Asset, Bundle, Key, Kind, counted
from apps.superset.bundle import write_bundle
from apps.superset.carried import cut_layers, sendable
from apps.superset.errors import Cancelled, NotVerified, OutcomeUnknown, PlanStale, PlanUnsafe, SupersetError
from apps.superset.explain import sentence
from apps.superset.inventory import USAGE, Inventory, read_inventory
from apps.superset.numbering import Numbering, changed_references, raw_settings, same_but_layout
from apps.superset.protocol import Client, Ledger, Reporter
from apps.superset.reading import Reading, read_readable
from apps.superset.references import localise
from apps.superset.releases import CONVERTED_ON_IMPORT
from apps.superset.removal import against_removal
from apps.superset.safekeeping import Safekeeping
from apps.superset.stages import Door, Finish, Preflight, Remove, Repair, Restore, Send, Snapshot, Stage, Verify, sends
from apps.superset.takeovers import hidden, takeovers
from apps.superset.verify import deviations, remaining, unlinked_charts


@dataclass(frozen=True, slots=True)
class Result:
    """What a run did: the assets it wrote and removed by name, and how many references it repaired."""

    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    repaired: int = 0
    verified: bool = True


class Execution:
    """One run on one target. Stages are carried out in the order given; the first failure ends it.

    Every SupersetError raised once a write was begun has the keys of what had been sent in `context["written"]`; where
    the answer to the last write never came, of what was written, read back.
    """

    def __init__(
        self, desired: Bundle, target: Client, reporter: Reporter, ledger: Ledger, names: Mapping[Key, str]
    ) -> None:
        self.desired, self.target, self.reporter = desired, target, reporter
        self.ledger, self.names = ledger, names
        self.numbering = Numbering(target, Inventory({}), desired)
        self.before = Reading(Bundle({}), Bundle({}), ())
        self.safekeeping = Safekeeping(target, desired)
        self.sent: dict[Key, Asset] = {}
        self.removed: list[Key] = []
        self.repaired = 0

    @property
    def inventory(self) -> Inventory:
        """The target as it was last listed."""
        return self.numbering.inventory

    def run(self, steps: Iterable[Stage]) -> Result:
        steps = list(steps)
        with belief_scope("superset.execute"):
            reason("the target is as planned, which the preflight proves", stages=len(steps), planned=len(self.names))
            try:
                self.carry_out_all(steps)
            except OutcomeUnknown as error:
                error.context.setdefault("written", self.read_back())
                self.stop_if_cancelled(error)
                raise
            except SupersetError as error:
                error.context.setdefault("written", self.touched())
                raise
            written, removed = len(self.sent), len(self.removed)
            reflect("what was written reads back as planned", written=written, removed=removed, repaired=self.repaired)
        return Result(self.named(self.sent), self.named(self.removed), self.repaired)

    def carry_out_all(self, steps: list[Stage]) -> None:
        for number, step in enumerate(steps, 1):
            self.reporter.progress(type(step).__name__.lower(), number, len(steps))
            self.reporter.log(sentence(step))
            self.carry_out(step)

    def named(self, keys: Iterable[Key]) -> tuple[str, ...]:
        return tuple(f"{key.kind} “{self.names.get(key, key.uuid)}”" for key in keys)

    def carry_out(self, step: Stage) -> None:
        match step:
            case Preflight():
                self.reporter.check_cancelled()
                self.preflight(step)
            case Snapshot(keys):
                self.snapshot(keys)
            case Send(keys, door):
                self.reporter.check_cancelled()
                if door is Door.DASHBOARDS:
                    self.renumber()
                self.send(self.localised(keys), door)
            case Repair(keys):
                self.repair(keys)
            case Restore(keys):
                self.restore_owners(keys)
            case Remove(keys):
                self.remove(keys)
            case Verify(expected):
                self.verify(expected)
            case Finish():
                self.reporter.log(f"done: {len(self.sent)} written, {len(self.removed)} removed, verified")

    # --- before anything is sent -------------------------------------------------------------------------------------

    def preflight(self, step: Preflight) -> None:
        self.relist()
        self.before = read_readable(self.target, self.inventory, step.expected, self.reporter)
        self.before.require_server()
        if step.strict:
            self.refuse_stale(deviations(step.expected, self.before, self.inventory))
        self.refuse_stale([refusal.text for refusal in self.conflicts()])
        self.refuse_hidden(step)
        doomed = [key for key in step.expected if key not in self.desired]
        self.refuse(against_removal(self.target, self.inventory, doomed, step.expected, self.reporter))

    def relist(self) -> None:
        self.numbering = Numbering(self.target, read_inventory(self.target, also=USAGE), self.desired)

    def conflicts(self) -> list[guards.Refusal]:
        gone = guards.missing_databases(self.desired, self.inventory)
        return [*takeovers(self.desired, self.inventory), *gone]

    def refuse_hidden(self, step: Preflight) -> None:
        """What is to be created may be there by now without the account seeing it."""
        new = [
            asset for key, asset in self.desired.assets.items() if key in step.expected and key not in self.inventory
        ]
        self.refuse(hidden(new, self.target) if new else ())

    def refuse(self, refusals: Iterable[guards.Refusal]) -> None:
        if reasons := list(refusals):
            raise PlanUnsafe(
                "; ".join(refusal.text for refusal in reasons),
                environment=self.target.environment,
                context={"reasons": [refusal.to_json() for refusal in reasons]},
            )

    def refuse_stale(self, found: list[str]) -> None:
        if found:
            raise PlanStale(
                "the target is not what it was when the plan was made: " + "; ".join(found),
                environment=self.target.environment,
                context={"assets": found},
            )

    def snapshot(self, keys: Iterable[Key]) -> None:
        keys = list(keys)
        assets = [asset for key in keys if (asset := self.before.symbolic.get(key)) and key in self.inventory]
        extras = self.safekeeping.take(self.inventory, keys, self.before)
        self.ledger.snapshot(write_bundle(assets, type="assets", root="snapshot", extras=extras))

    # --- writing -----------------------------------------------------------------------------------------------------

    def localised(self, keys: Iterable[Key]) -> list[Asset]:
        """What is sent of these, as the target numbers them by now."""
        assets = [self.desired.assets[key] for key in keys]
        self.numbering.load_columns(assets)
        return [sendable(localise(asset, self.numbering.numbers)) for asset in assets]

    def send(self, assets: list[Asset], door: Door) -> None:
        """One import; from the moment it is sent these assets count as written, whatever the answer."""
        before = dict(self.sent)
        self.ledger.writing([asset.key for asset in assets])
        self.sent.update((asset.key, asset) for asset in assets)
        self.reporter.log(f"sending {counted(asset.key for asset in assets)} to {self.target.environment}")
        try:
            self.import_through(door, assets)
        except Cancelled:  # raised while it signs in: the import was not sent, or was refused unread
            self.sent = before
            raise

    def import_through(self, door: Door, assets: list[Asset]) -> None:
        if door is Door.ASSETS:
            self.target.import_assets(write_bundle(assets, type="assets"))
        else:
            numbered = [self.numbering.with_dataset_numbers(asset) for asset in assets]
            self.target.import_dashboards(write_bundle(numbered, type="Dashboard"))

    def repair(self, keys: tuple[Key, ...]) -> None:
        """What was created has its own numbers only now; what was sent without them is sent again with them."""
        self.renumber()
        final = {asset.key: asset for asset in self.localised(keys)}
        again = [asset for key, asset in final.items() if not same_but_layout(self.sent[key], asset)]
        self.tell_references(again)
        for step in sends(again, self.target.release()):
            self.reporter.check_cancelled()
            self.send([final[key] for key in step.keys], step.door)
        self.restore_settings(final.values())

    def tell_references(self, assets: Iterable[Asset]) -> None:
        """A table of the numbers that are set now, before and after, for the log."""
        for asset in assets:
            changes = changed_references(self.sent[asset.key], asset)
            self.repaired += len(changes)
            many = "reference" if len(changes) == 1 else "references"
            self.reporter.log(f"{asset}: {len(changes)} {many} set", level="debug", references=changes)

    def renumber(self) -> None:
        """Learn the numbers of what was created since the target was last listed."""
        if all(key in self.inventory for key in self.sent):
            return
        self.relist()
        if lost := [key for key in self.sent if key not in self.inventory]:
            raise NotVerified(f"sent but not there: {', '.join(self.named(lost))}", environment=self.target.environment)

    def restore_settings(self, assets: Iterable[Asset]) -> None:
        """The importer cuts annotation layers out of a chart and converts old chart types; a PUT does neither."""
        for asset in assets:
            if cut_layers(asset) or asset.document.get("viz_type") in CONVERTED_ON_IMPORT:
                self.target.update(Kind.CHART, self.inventory.entries[asset.key].id, raw_settings(asset))

    def restore_owners(self, keys: Iterable[Key]) -> None:
        """By one request for each asset whose owners the import changed."""
        for key, owners in self.safekeeping.owners(keys):
            self.reporter.check_cancelled()
            self.target.update(key.kind, self.inventory.entries[key].id, {"owners": owners})

    def remove(self, keys: Iterable[Key]) -> None:
        keys = [key for key in keys if key in self.inventory]
        for kind in reversed(Kind):
            if doomed := [key for key in keys if key.kind is kind]:
                self.ledger.writing(doomed)
                self.removed.extend(doomed)
                self.target.delete(kind, self.inventory.ids(doomed))
        self.relist()

    # --- when it went wrong ------------------------------------------------------------------------------------------

    def touched(self) -> list[str]:
        return [str(key) for key in (*self.sent, *self.removed)]

    def read_back(self) -> list[str]:
        """The keys of what was written, as the target has it; of all that was sent, if it cannot be asked."""
        try:
            found = aftermath.written(self.sent, self.removed, self.before, self.target)
        except SupersetError as error:
            self.reporter.log(f"what was written cannot be read back: {error}", level="error")
            return self.touched()
        aftermath.tell(found, len(self.touched()), self.target, self.reporter)
        return [str(key) for key in found]

    def stop_if_cancelled(self, error: SupersetError) -> None:
        """A run that was cancelled while a write was under way ends as cancelled, with what is known of the write."""
        try:
            self.reporter.check_cancelled()
        except Cancelled as stopped:
            stopped.environment, stopped.context = error.environment, error.context
            stopped.detail = f"{stopped.detail}; {error.detail}"
            raise stopped from error

    # --- afterwards --------------------------------------------------------------------------------------------------

    def relinked(self) -> Inventory:
        """The target as listed, with the links that its charts have now: every import makes them anew."""
        return Inventory({**self.inventory.entries, **read_inventory(self.target, (Kind.CHART,), also=USAGE).entries})

    def verify(self, expected: Mapping[Key, str | None]) -> None:
        self.renumber()
        after = read_readable(self.target, self.inventory, expected, self.reporter)
        after.require_server()
        differences = remaining(expected, self.desired, self.sent, after, self.inventory)
        if any(key.kind is Kind.DASHBOARD for key in self.sent):
            differences += unlinked_charts(self.sent, after, self.relinked())
        differences += self.safekeeping.changed(self.inventory, after, lambda key: self.named([key])[0])
        if differences:
            raise NotVerified(
                f"read back, {len(differences)} differences to the plan remain: " + "; ".join(differences[:10]),
                environment=self.target.environment,
                context={"differences": differences},
            )
