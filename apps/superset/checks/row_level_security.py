# [DEF:superset.checks.row_level_security:Module]
# @COMPLEXITY: 3
# @PURPOSE: Row-level security of the source without an equivalent on the target: never lost silently.
# @RELATION DEPENDS_ON -> superset.plan.refusal
# @RELATION CALLS -> superset.remote.optional_lists
# @RELATION CALLS -> superset.checks.rights
# @RELATION DEPENDS_ON -> contracts.plain_text
"""A rule is a separate row that no export contains (source: 6.1.0, connectors/sqla/models.py:
RowLevelSecurityFilter). Two rules are equal if they do the same (clause, type, group and roles), regardless of name.

Rules of one group, whatever their type, are joined with OR, all else with AND: one more in a group shows more rows
(connectors/sqla/models.py: get_sqla_row_level_filters).
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import Asset, Bundle, Key, Kind, objects
from apps.superset.checks.rights import whose
from apps.superset.inventory import Entry, Inventory
from apps.superset.messages.message import Message, some
from apps.superset.plan.refusal import Refusal
from apps.superset.protocol import Client
from apps.superset.references.graph import closure
from apps.superset.remote.optional_lists import read_rules

RULES_LOST = "row_level_security_lost"
RULES_UNKNOWN = "row_level_security_unknown"
NAMED = 10
"""Maximum number of assets that a refusal names."""

UNKNOWN_ROLES = "\0"
"""Equal to no role."""

Rule = tuple[str, str, str, frozenset[str]]


def restricted_rows(
    desired: Bundle,
    sources: Mapping[Key, Key],
    here: Inventory,
    rules: Iterable[Mapping[str, Any]],
    target: Client,
    there: Inventory,
    set_by_us: Collection[str] = frozenset(),
) -> Iterator[Refusal]:
    """One refusal per dataset whose rules on the source, `rules`, have no equivalent on the target, and are not among
    those that the run sets there; or whose groups have more rules on the target.

    The target's rules are read only if the source has some on the desired assets.
    """
    ours = rules_by_dataset(rules, here)
    concerned = {key: found for key in desired.assets if (found := ours.get(sources.get(key, key)))}
    if not concerned:
        return
    theirs = rules_by_dataset((rule for rule in read_rules(target) or () if _shows_roles(rule)), there)
    for key, found in concerned.items():
        known = theirs.get(key, {})
        if lost := sorted(name for rule, name in found.items() if rule not in known and name not in set_by_us):
            yield _refusal(desired, key, lost, target, "refusal.row_level_security_lost")
        elif wider := sorted(_joined(found, known) - set(set_by_us)):
            yield _refusal(desired, key, wider, target, "refusal.row_level_security_wider")


def unknown_rules(desired: Bundle, source: Client, target: Client, there: Inventory) -> Iterator[Refusal]:
    """If the source does not show its rules: one refusal for everything that this plan would show to more people than
    before. Changing what is already published shows it to nobody else."""
    new = [asset for asset in desired.of_kind(Kind.DATASET) if asset.key not in there]
    shown = [asset for asset in desired.of_kind(Kind.DASHBOARD) if _is_to_be_published(asset, there)]
    names = [str(asset) for asset in (*shown, *new)]
    if not names:
        return
    permission, view = source.profile.permissions.read_rules
    facts = {"source": source.environment, "target": target.environment, "permission": permission, "view": view}
    account = whose(source.account(), source)
    message = Message("refusal.row_level_security_unknown", account=account, assets=some(names, NAMED), **facts)
    yield Refusal(RULES_UNKNOWN, source.environment, message, acknowledge="row-level-security-unknown")


def _is_to_be_published(dashboard: Asset, there: Inventory) -> bool:
    return bool(dashboard.document.get("published")) and not _is_published(there.get(dashboard.key))


def _joined(ours: Collection[Rule], theirs: Mapping[Rule, str]) -> set[str]:
    """The names of the target's rules that are in a group of the source's, and not among those."""
    return {name for rule in ours for other, name in in_group(rule, theirs).items() if other not in ours}


def in_group(rule: Rule, rules: Mapping[Rule, str]) -> dict[Rule, str]:
    """Those of its group; none if it has no group."""
    _, _, group, _ = rule
    return {other: name for other, name in rules.items() if group and other[2] == group}


def _refusal(desired: Bundle, key: Key, names: Iterable[str], target: Client, text: str) -> Refusal:
    asset = desired.assets[key]
    rules = ", ".join(f"“{name}”" for name in names)
    message = Message(text, asset=asset, rules=rules, environment=target.environment)
    return Refusal(RULES_LOST, asset.name, message, {"key": str(key)}, acknowledge=f"row-level-security:{key}")


def drafts(desired: Bundle, lost: Iterable[Key], there: Inventory) -> set[str]:
    """The dashboards that show one of these datasets and are not published on the target yet."""
    lost = frozenset(lost)
    return {
        str(asset.key)
        for asset in desired.of_kind(Kind.DASHBOARD)
        if not _is_published(there.get(asset.key)) and not lost.isdisjoint(closure(desired, [asset.key]).keys)
    }


def digest(rule: Rule) -> str:
    """Of what it does."""
    *words, roles = rule
    return hashlib.sha256(json.dumps([*words, sorted(map(str, roles))]).encode()).hexdigest()


def _is_published(entry: Entry | None) -> bool:
    return entry is not None and entry.row.get("published") is True


def rules_by_dataset(rules: Iterable[Mapping[str, Any]], inventory: Inventory) -> dict[Key, dict[Rule, str]]:
    """Each with its name."""
    found: dict[Key, dict[Rule, str]] = defaultdict(dict)
    for rule in rules:
        for table in objects(rule.get("tables")):
            if key := inventory.key_of(Kind.DATASET, table["id"]):
                found[key][_rule(rule)] = one_line(rule.get("name"))
    return found


def _shows_roles(row: Mapping[str, Any]) -> bool:
    """A release after 6.1 has subjects in their place, and an unknown column is left out of a list without an error."""
    return isinstance(row.get("roles"), list)


def _rule(row: Mapping[str, Any]) -> Rule:
    clause, type_, group = (str(row.get(name) or "") for name in ("clause", "filter_type", "group_key"))
    names = [str(role.get("name")) for role in objects(row.get("roles"))] if _shows_roles(row) else [UNKNOWN_ROLES]
    return clause, type_, group, frozenset(names)
