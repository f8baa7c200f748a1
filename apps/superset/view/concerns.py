# [DEF:superset.view.concerns:Module]
# @COMPLEXITY: 2
# @PURPOSE: What a person has to know before they agree to a plan, the gravest first.

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from apps.contracts.plain_text import one_line
from apps.superset.messages.marking import Translate, unchanged
from apps.superset.messages.marking import gettext_noop as _
from apps.superset.plan.plan import Action, Change, Note, Plan


class Gravity(StrEnum):
    """`risk`: something may break or is overwritten; `loss`: does not travel; `note`: good to know."""

    RISK = "risk"
    LOSS = "loss"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Concern:
    """`assets` are UUIDs of the plan, `lines` what it is about in words. `acknowledge` is the name to plan again with,
    where that changes something."""

    code: str
    gravity: Gravity
    title: str
    text: str
    assets: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    acknowledged: bool = False
    acknowledge: str | None = None


USED_ELSEWHERE = "used_elsewhere"
REMOVED = "removed"
ACKNOWLEDGED = "acknowledged"

TITLES: Mapping[str, str] = {
    "used_though_removed": _("Charts outside the plan use what it removes"),
    "used_though_renamed": _("Charts outside the plan use what it renames"),
    REMOVED: _("Assets are removed from the target"),
    USED_ELSEWHERE: _("Other dashboards change, too"),
    "users_unknown": _("Not all users of overwritten datasets are known"),
    "orphans_deleted": _("Orphans are deleted"),
    "orphans_kept": _("Orphans are kept"),
    "connections_created": _("Connections are created"),
    "newer_release": _("A release is newer than Lockstep knows"),
    "tables_missing": _("Tables are missing on the target"),
    "columns_missing": _("Columns are missing on the target"),
    "schemas_missing": _("Schemas are missing on the target"),
    "reports_concerned": _("Alerts and reports are affected"),
    "report_tabs_gone": _("Reports lose their tabs"),
    "link_hosts": _("Links point to the source"),
    "link_numbers": _("Links use ids of the source"),
    "link_absent": _("Links lead nowhere"),
    "link_keys": _("Links hold keys of another server"),
    "number_differs": _("Ids differ from those of the target"),
    "user_numbers": _("Macros compare the id of a user"),
    "unknown_references": _("Unknown numbers stay as they are"),
    "roles_unmapped": _("Roles are missing on the target"),
    "owners_unmapped": _("Owners are missing on the target"),
    "annotations_unmapped": _("Annotation layers are left out"),
    "annotations_unread": _("Annotation layers cannot be read"),
    "annotations_shared": _("Annotation layers are on other charts, too"),
    "embedding_any": _("Any domain may embed"),
    "embedding_kept": _("Embedding on the target stays restricted"),
    "embedding_unread": _("Embedding cannot be read"),
    "records_ambiguous": _("Several have the same name"),
    "reports_not_owned": _("Reports of others stay as they are"),
    "reports_secret": _("Secret addresses stay"),
    "reports_paused": _("Reports are paused"),
    "reports_run_as": _("Reports would run with the rights of the account"),
    "report_owners_unmapped": _("Owners of reports are missing on the target"),
    "themes_differ": _("Themes differ on the target"),
    "css_unread": _("CSS templates cannot be read"),
    "queries_unread": _("Saved queries cannot be read"),
    "queries_own": _("Only saved queries of the account travel"),
    "rules_shared": _("Rules restrict other datasets, too"),
    "rules_loosened": _("Rules restrict less than before"),
    "not_restorable": _("A rollback cannot restore these"),
    "slug_provisional": _("A run was interrupted"),
    "layout_broken": _("A layout is broken"),
    "query_context_broken": _("A stored query is broken"),
    "damaged_on_target": _("Damaged on the target"),
    "tables_unknown": _("Tables cannot be checked"),
    "absent_references": _("References are left out"),
    "stale_references": _("References are left out"),
    "stale_memories": _("References are left out"),
    "stale_on_target": _("References are left out by a rollback"),
    "owners": _("Owners stay"),
    "roles": _("Roles stay"),
    "row_level_security": _("Row level security stays"),
    "tags": _("Tags stay"),
    "themes": _("Themes stay"),
    "annotations": _("Annotation layers stay"),
    "folders": _("Folders arrive empty"),
    "unsupported_fields": _("Fields that the target does not have"),
    "undrawn": _("Charts that the target cannot draw"),
    "unused_settings": _("Settings that the target does not use"),
    "embedding": _("Embedding stays"),
    "embedding_unknown": _("Embedding is unknown"),
    "reports": _("Alerts and reports stay"),
    "reports_anchors": _("Reports show what is gone"),
    "reports_elsewhere": _("Reports are about something else on the target"),
    "reports_unknown": _("Alerts and reports are not all known"),
    ACKNOWLEDGED: _("Acknowledged"),
}
"""In the order of their gravity; what is acknowledged comes after the risks."""

NOTES = frozenset(
    {
        *("absent_references", "stale_references", "stale_memories", "stale_on_target", "tables_unknown"),
        *("link_keys", "unknown_references", "user_numbers", "damaged_on_target", "query_context_broken"),
    }
)
ORDER = {code: place for place, code in enumerate(TITLES)}
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LABEL = re.compile(r"(dashboard|chart|dataset|database) “(.*?)”")
LABELS: Mapping[str, str] = {
    "dashboard": _("dashboard “{name}”"),
    "chart": _("chart “{name}”"),
    "dataset": _("dataset “{name}”"),
    "database": _("database “{name}”"),
}
NAME = re.compile(r"\(([a-z-]+:(?:dashboard|chart|dataset)/[^()]+)\)$")


def concerns(plan: Plan, translate: Translate = unchanged) -> tuple[Concern, ...]:
    """Risks, then losses, then notes."""
    known = _known(plan.changes)
    found = [*_own(plan.changes, translate), *_warnings(plan, known, translate)]
    found += [_concern(note, Gravity.LOSS, known, translate) for note in plan.losses]
    return tuple(sorted(found, key=_place))


def counts(plan: Plan, found: Iterable[Concern]) -> dict[str, int]:
    """Of what the plan does, by action, and of these risks and losses. Notes are not counted."""
    actions = Counter(change.action for change in plan.changes)
    gravities = Counter(each.gravity for each in found)
    return {
        **{action.value: actions[action] for action in Action},
        "risks": gravities[Gravity.RISK],
        "losses": gravities[Gravity.LOSS],
    }


def _place(concern: Concern) -> tuple[int, int]:
    return list(Gravity).index(concern.gravity), ORDER.get(concern.code, ORDER[ACKNOWLEDGED])


def _own(changes: Iterable[Change], translate: Translate) -> Iterator[Concern]:
    """What the changes themselves say: who else uses what is overwritten, and what is removed."""
    used = [change for change in changes if change.used_by and change.action.writes]
    if used:
        users = tuple(dict.fromkeys(one_line(name) for change in used for name in change.used_by))
        text = translate(_("{assets} overwritten assets are used by {users} other dashboards of the target."))
        words = text.format(assets=len(used), users=len(users))
        yield _titled(USED_ELSEWHERE, Gravity.RISK, words, translate, [each.key.uuid for each in used], users)
    removed = [change for change in changes if change.action.value == "remove"]
    if removed:
        words = translate(_("{number} assets are removed.")).format(number=len(removed))
        yield _titled(REMOVED, Gravity.RISK, words, translate, [each.key.uuid for each in removed])


def _warnings(plan: Plan, known: Mapping[str, str], translate: Translate) -> Iterator[Concern]:
    for note in plan.warnings:
        gravity = Gravity.NOTE if note.kind in NOTES else Gravity.RISK
        named = [(line, match[1]) for line in note.assets if (match := NAME.search(line))]
        if not named:
            yield _concern(note, gravity, known, translate, acknowledged=_is_acknowledged(note))
        for line, name in named:
            yield _concern(Note(note.kind, note.message, (line,)), gravity, known, translate, acknowledge=name)


def _is_acknowledged(note: Note) -> bool:
    """Notes of acknowledged refusals have the kind of the refusal."""
    return note.kind not in TITLES or note.text.startswith("Acknowledged")


def _concern(
    note: Note,
    gravity: Gravity,
    known: Mapping[str, str],
    translate: Translate,
    *,
    acknowledged: bool = False,
    acknowledge: str | None = None,
) -> Concern:
    assets = dict.fromkeys(uuid for line in note.assets for uuid in _uuids(line, known))
    text = one_line(note.message.worded(translate))
    kind = ACKNOWLEDGED if acknowledged else note.kind
    title = translate(TITLES[kind]) if kind in TITLES else text  # an earlier release had other losses
    lines = tuple(labelled(one_line(line), translate) for line in note.assets)
    return Concern(note.kind, gravity, title, text, tuple(assets), lines, acknowledged, acknowledge)


def labelled(line: str, translate: Translate) -> str:
    """A line calls assets by kind and name: dataset “births”."""
    return LABEL.sub(lambda match: translate(LABELS[match[1]]).format(name=match[2]), line)


def _titled(
    code: str,
    gravity: Gravity,
    text: str,
    translate: Translate,
    assets: Iterable[str] = (),
    lines: tuple[str, ...] = (),
) -> Concern:
    return Concern(code, gravity, translate(TITLES[code]), text, tuple(assets), lines)


def _known(changes: Iterable[Change]) -> dict[str, str]:
    """UUIDs by all that a note may call an asset. A name that several have tells none of them."""
    found: dict[str, str] = {}
    names: dict[str, int] = {}
    for change in changes:
        found[change.key.uuid] = change.key.uuid
        found.setdefault(f"{change.key.kind} “{change.name}”", change.key.uuid)
        names[change.name] = names.get(change.name, 0) + 1
    for change in changes:
        if names[change.name] == 1:
            found.setdefault(change.name, change.key.uuid)
    return found


def _uuids(line: str, known: Mapping[str, str]) -> Iterator[str]:
    called = [line, *UUID.findall(line), *(match[0] for match in LABEL.finditer(line))]
    yield from (known[name] for name in called if name in known)
