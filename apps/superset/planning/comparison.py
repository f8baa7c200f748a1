# [DEF:superset.planning.comparison:Module]
# @COMPLEXITY: 3
# @PURPOSE: Compares the desired content with the target's, object by object.
# @RELATION CALLS -> superset.planning.sources
# @RELATION CALLS -> superset.planning.changes
# @RELATION CALLS -> superset.checks.unresolved_numbers
# @RELATION CALLS -> superset.conversion.fields

from __future__ import annotations

from dataclasses import dataclass

from apps.superset.assets import Asset, Bundle
from apps.superset.checks.unresolved_numbers import Differing, differing
from apps.superset.conversion.fields import keeping_own
from apps.superset.plan.plan import Action, Change
from apps.superset.planning.changes import Changes
from apps.superset.planning.sides import Sides
from apps.superset.planning.sources import read_current
from apps.superset.protocol import Reporter
from apps.superset.remote.exports import Exported, unreadable


@dataclass(frozen=True, slots=True)
class Comparison:
    """`found` is everything read from the target, `current` the counterparts of the desired assets."""

    numbers: Differing
    current: Bundle
    found: Exported
    changes: tuple[Change, ...]

    @property
    def desired(self) -> Bundle:
        return self.numbers.desired

    @property
    def overwritten(self) -> list[Asset]:
        return [self.current.assets[change.key] for change in self.changes if change.action is Action.UPDATE]


def compare(sides: Sides, desired: Bundle, reporter: Reporter) -> Comparison:
    """Reads the target; PlanUnsafe names assets that it does not export."""
    found = read_current(sides.target, sides.gathered, desired, reporter)
    sides.refuse(unreadable(found, sides.there, sides.target.environment))
    current = Bundle.of(asset for key in desired.assets if key in sides.there and (asset := found.symbolic.get(key)))
    desired = keeping_own(desired, current, sides.source.profile, sides.target.profile)
    numbers = differing(desired, current, sides.request.acknowledged)
    changes = Changes(numbers.desired, current, sides.there, found.unnumbered).all()
    return Comparison(numbers, current, found, changes)
