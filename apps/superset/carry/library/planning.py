# [DEF:superset.carry.library.planning:Module]
# @COMPLEXITY: 3
# @PURPOSE: What a plan sets of themes, CSS templates, saved queries, alerts and reports, and what of them stays.
# @RELATION CALLS -> superset.carry.library.themes
# @RELATION CALLS -> superset.carry.library.reports
# @RELATION CALLS -> superset.carry.library.css
# @RELATION CALLS -> superset.carry.library.queries
# @RELATION DEPENDS_ON -> superset.carry.counterparts
# @RELATION DEPENDS_ON -> superset.plan.plan
# @RELATION DEPENDS_ON -> contracts.plain_text

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import Asset, Bundle, Key, Kind
from apps.superset.carry.counterparts import Counterparts
from apps.superset.carry.library.css import Templates, wanted_templates
from apps.superset.carry.library.queries import Queries, wanted_queries
from apps.superset.carry.library.records import Facts, Shelf, Wanted, plan_records
from apps.superset.carry.library.reports import ABOUT, ALERT, Reports, facts_of, has_secrets, lost_anchors
from apps.superset.carry.library.themes import plan_themes
from apps.superset.inventory import Inventory
from apps.superset.messages.notes import LOSSES
from apps.superset.plan.attachment import Aspect, Attachment
from apps.superset.plan.plan import Note, first
from apps.superset.protocol import Client
from apps.superset.remote.optional_lists import HIDDEN

SHELVES: Mapping[Aspect, Shelf] = {shelf.aspect: shelf for shelf in (Templates(), Queries(), Reports())}


class LibraryPlanning:
    """`members` are the assets of the plan as on the source, `sources` their keys there by those on the target, and
    `mapping` leads from its connections to the target's. What cannot be read or set is a note."""

    def __init__(
        self,
        members: Bundle,
        desired: Bundle,
        sources: Mapping[Key, Key],
        clients: tuple[Client, Client],
        inventories: tuple[Inventory, Inventory],
        mapping: Mapping[str, str],
        parts: Counterparts,
    ) -> None:
        self.members, self.desired, self.sources = members, desired, sources
        self.source, self.target = clients
        self.here, self.there = inventories
        self.mapping, self.parts = mapping, parts
        self.found: list[Attachment] = []
        self.notes: dict[str, list[str]] = defaultdict(list)
        self.asides: list[Note] = []
        self.losses: list[Note] = []

    def plan(self) -> tuple[tuple[Attachment, ...], tuple[Note, ...], tuple[Note, ...]]:
        """What is set, warnings, and losses."""
        carry = self.parts.carry
        if Aspect.THEMES in carry:
            self._themes()
        if Aspect.CSS in carry:
            self._records(Templates(), "css_unread", self._templates)
        if Aspect.QUERIES in carry:
            self.asides.append(Note.of("queries_own", environment=self.source.environment))
            self._records(Queries(), "queries_unread", self._queries)
        if Aspect.REPORTS in carry:
            self._records(Reports(), "reports", self._reports)
        notes = [Note.of(kind, first(lines)) for kind, lines in self.notes.items() if lines]
        warnings = (each for each in notes if each.kind not in LOSSES)
        losses = (each for each in notes if each.kind in LOSSES)
        return tuple(self.found), (*self.asides, *warnings), (*losses, *self.losses)

    def _records(self, shelf: Shelf, unread: str, wanted: Any) -> None:
        """A source that shows none has nothing to give; a target that shows none gets nothing."""
        try:
            found = list(wanted())
        except HIDDEN:
            if shelf.aspect is not Aspect.REPORTS:  # the reports around a plan are reported anyway
                self.asides.append(Note.of(unread, environment=self.source.environment))
            return
        if not found:
            return
        try:
            planned = plan_records(shelf, found, self.target, self.there)
        except HIDDEN:
            if shelf.aspect is Aspect.REPORTS:
                self.notes[unread] += [each.label for each in found]
            else:
                self.asides.append(Note.of(unread, environment=self.target.environment))
            return
        self.found += planned.attachments
        creates = any(not each.before for each in planned.attachments)
        if shelf.aspect is Aspect.REPORTS and creates and not self.target.account().sees_all_data:
            self.losses.append(Note.of("reports_unknown", environment=self.target.environment))
        if shelf.aspect is Aspect.REPORTS:
            self._rights_of(found, planned.attachments)
        for kind, lines in planned.notes.items():
            self.notes[kind] += lines

    def _rights_of(self, wanted: list[Wanted], planned: list[Attachment]) -> None:
        """Superset runs an alert or report with the rights of an owner (source: 6.1.0, config.py:
        ALERT_REPORTS_EXECUTORS), and who creates one without owners owns it."""
        created = {each.slot[2:] for each in planned if not each.before}
        without = (each for each in wanted if "owners" not in each.facts)
        self.notes["reports_run_as"] += [
            each.label for each in without if (each.name, (str(each.facts["type"]),)) in created
        ]

    # --- what the source has -----------------------------------------------------------------------------------------

    def _on_source(self, *kinds: Kind) -> Iterator[tuple[Key, Asset]]:
        """By their key on the target."""
        for asset in self.desired:
            own = self.members.get(self.sources.get(asset.key, asset.key))
            if own and asset.kind in kinds:
                yield asset.key, own

    def _themes(self) -> None:
        themed = [(key, asset) for key, asset in self._on_source(Kind.DASHBOARD) if asset.document.get("theme_uuid")]
        try:
            planned = plan_themes(themed, (self.source, self.target), self.here, self.there) if themed else None
        except HIDDEN:
            self.notes["themes"] += [str(asset) for _, asset in themed]
            return
        if planned:
            self.found += planned.attachments
            self.notes["themes_differ"] += planned.differing

    def _templates(self) -> Iterator[Wanted]:
        yield from wanted_templates(Templates().rows(self.source), self._on_source(Kind.DASHBOARD))

    def _queries(self) -> Iterator[Wanted]:
        rows = Queries().rows(self.source)
        yield from wanted_queries(self.source, rows, self.desired, self.here, self.mapping)

    def _reports(self) -> Iterator[Wanted]:
        rows = Reports().rows(self.source)
        for key, asset in self._on_source(*ABOUT):
            number = self.here.id_of(asset.key)
            for row in rows:
                if number is not None and row.get(f"{ABOUT[key.kind]}_id") == number:
                    yield from self._report(key, asset, row)

    def _report(self, key: Key, asset: Asset, row: Mapping[str, Any]) -> Iterator[Wanted]:
        """One that the target could not take is a loss."""
        name = one_line(row.get("name"))
        label = f"{asset}: {one_line(row.get('type') or 'report').lower()} “{name}”"
        try:
            whole = self.source.report(row["id"])
        except HIDDEN:
            whole = None
        if whole is None:
            self.notes["reports"].append(label)
            return
        facts = {**facts_of(whole, self.here), "about": str(key)}
        del facts["active"]
        if not self._mapped(facts):
            self.notes["reports"].append(label)
        elif lost_anchors(facts, self.desired.assets[key]):
            self.notes["reports_anchors"].append(label)
        else:
            if has_secrets(whole):
                self.notes["reports_secret"].append(label)
            self._owners(facts, label)
            yield Wanted(key, name, facts, label)

    def _mapped(self, facts: Facts) -> bool:
        """Whether an alert queries a connection that the plan leads to one of the target."""
        if facts["type"] != ALERT:
            facts["database"] = None
            return True
        uuid = self.mapping.get(Key.parse(facts["database"]).uuid) if facts["database"] else None
        facts["database"] = str(Key(Kind.DATABASE, uuid)) if uuid else None
        return uuid is not None

    def _owners(self, facts: Facts, label: str) -> None:
        """Without counterparts, the account owns what it creates."""
        numbers = facts.pop("owners")
        if Aspect.OWNERS not in self.parts.carry:
            return
        found = {person.id for number in numbers if (person := self.parts.owner(number))}
        if missing := [number for number in numbers if not self.parts.owner(number)]:
            known = (self.parts.here.by_id.get(number) for number in missing)
            named = [each.label if each else str(number) for each, number in zip(known, missing, strict=True)]
            self.notes["report_owners_unmapped"] += [f"{label}: {each}" for each in named]
        account = self.target.account()
        if found:
            facts["owners"] = sorted(found | (set() if account.is_admin else {account.id}))
