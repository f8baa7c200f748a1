# [DEF:superset.planning.desired:Module]
# @COMPLEXITY: 3
# @PURPOSE: The content that the target should have, in the target's terms.
# @RELATION CALLS -> superset.planning.mapping
# @RELATION CALLS -> superset.planning.choices.connections
# @RELATION CALLS -> superset.references.pairing
# @RELATION CALLS -> superset.conversion.fields
# @RELATION CALLS -> superset.planning.admission
# @RELATION CALLS -> superset.references.resolution

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from apps.superset.assets import Bundle, Key, Kind, in_dependency_order
from apps.superset.checks.dashboard_access import RESTRICTED, unpublished
from apps.superset.checks.row_level_security import RULES_LOST, RULES_UNKNOWN, drafts
from apps.superset.checks.text_references import Spoken, own_links, spoken
from apps.superset.content.untouched_keys import carried
from apps.superset.conversion.fields import Dropped, converted
from apps.superset.plan.acknowledgements import split
from apps.superset.plan.refusal import Refusal
from apps.superset.planning.admission import before_reading
from apps.superset.planning.choices.connections import chosen_connections
from apps.superset.planning.mapping import apply_mapping
from apps.superset.planning.sides import Sides
from apps.superset.references.pairing import apply_pairing
from apps.superset.references.resolution import Settled, settled
from apps.superset.references.templates import rehosted
from apps.superset.releases.base import Release


@dataclass(frozen=True, slots=True)
class Desired:
    """`said` is what its texts refer to, `linked` are links to the source that stay, `led` those rewritten to the
    target, `passed` the acknowledged refusals, `dropped` what the target's release has no field for."""

    content: Bundle
    settling: Settled
    said: Spoken
    linked: list[Refusal]
    led: list[Refusal]
    passed: list[Refusal]
    dropped: tuple[Dropped, ...]


def desired_content(sides: Sides) -> Desired:
    """Raises PlanUnsafe with all reasons that are known before the target's content is read."""
    acknowledged = sides.request.acknowledged
    said = spoken(sides.gathered.members)
    linked, led = split(own_links(said, sides.source.url), acknowledged)
    members = _led_to_target(sides, led)
    translated, dropped = _converted(_translated(members, sides), sides.target.profile)
    settling = settled(translated, sides.there)
    refusals, passed = split(before_reading(sides, said, settling.desired), acknowledged)
    sides.refuse(refusals)
    content = unpublished(settling.desired, _drafts(sides, passed, settling.desired))
    content = Bundle.of([*chosen_connections(sides), *content])
    unknown = tuple(each for each in sides.gathered.exported.unknown if each.asset.key in sides.gathered.members)
    return Desired(content, settling, said, linked, led, passed, (*unknown, *dropped))


def _led_to_target(sides: Sides, led: Iterable[Refusal]) -> Bundle:
    """The content to send, with the source's own address in the links of these assets replaced by the target's."""
    here = replace(sides.here, origin=sides.source.url)
    keys = {refusal.facts["key"] for refusal in led}
    return Bundle.of(
        rehosted(asset, here, sides.target.url) if str(asset.key) in keys else asset for asset in sides.gathered.members
    )


def _translated(members: Bundle, sides: Sides) -> Bundle:
    """The content that the target should have, with its own UUIDs, in dependency order."""
    mapping, uuids = sides.mapping, {source.uuid: target.uuid for source, target in sides.request.pairing.items()}
    assets = (carried(apply_pairing(apply_mapping(asset, mapping), uuids)) for asset in members)
    found = {asset.key: asset for asset in assets}
    return Bundle({key: found[key] for key in in_dependency_order(found)})


def _converted(content: Bundle, release: Release) -> tuple[Bundle, tuple[Dropped, ...]]:
    """The content as the target's release can hold it, and what it cannot."""
    pairs = [converted(asset, release) for asset in content]
    return Bundle.of(asset for asset, _ in pairs), tuple(each for _, dropped in pairs for each in dropped)


def _drafts(sides: Sides, passed: Iterable[Refusal], desired: Bundle) -> set[str]:
    """The dashboards that arrive unpublished because of an acknowledged refusal."""
    keys: dict[str, set[str]] = {RESTRICTED: set(), RULES_LOST: set()}
    for refusal in passed:
        keys.setdefault(refusal.kind, set()).add(str(refusal.facts.get("key")))
    lost = [Key.parse(key) for key in keys[RULES_LOST]]
    if RULES_UNKNOWN in keys:
        lost = [asset.key for asset in desired.of_kind(Kind.DATASET)]
    return keys[RESTRICTED] | (drafts(desired, lost, sides.there) if lost else set())
