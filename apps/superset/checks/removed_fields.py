# [DEF:superset.checks.removed_fields:Module]
# @COMPLEXITY: 2
# @PURPOSE: Metrics and columns that a plan removes from datasets of the target, and who uses them there.
# @RELATION CALLS -> superset.content.mentions
"""An import of a dataset deletes the metrics and columns that the bundle lacks (source: 6.1.0, commands/dataset/
importers/v1/utils.py: sync). Charts that still use one then show an error.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from apps.contracts.plain_text import one_line
from apps.superset.assets import Bundle, Key, Kind
from apps.superset.checks.outside_dashboards import Outside
from apps.superset.content.mentions import Member, Noun, in_filters, in_settings
from apps.superset.messages.message import Message, some
from apps.superset.plan.plan import Action, Change, Note

NAMED = 10
"""Maximum number of users that a warning names."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A metric or column that the plan removes from a dataset; `renamed` is its new name, if it was renamed."""

    dataset: Key
    dataset_name: str
    member: Member
    renamed: str = ""


def losses_of(changes: Iterable[Change]) -> list[Loss]:
    return [loss for change in changes if change.action is Action.UPDATE for loss in _losses(change)]


def _losses(change: Change) -> Iterator[Loss]:
    if change.key.kind is not Kind.DATASET:
        return
    for each in change.differences:
        noun, _, verb = each.kind.rpartition("_")
        if noun in set(Noun) and verb == "removed":
            yield Loss(change.key, change.name, Member(Noun(noun), each.subject))
        if noun in set(Noun) and verb == "renamed":
            yield Loss(change.key, change.name, Member(Noun(noun), str(each.before)), str(each.after))


def taken_away(losses: Iterable[Loss], desired: Bundle, outside: Outside) -> tuple[Note, ...]:
    """One warning for each of them that is still used: by assets of the plan as planned, by others as on the target."""
    notes = (_note(loss, _users(loss, desired, outside)) for loss in losses)
    return tuple(note for note in notes if note)


Users = Mapping[str, list[str]]
"""By asset: its description, and the places in it."""


def _note(loss: Loss, users: Users) -> Note | None:
    if not users:
        return None
    kind = "used_though_renamed" if loss.renamed else "used_though_removed"
    facts = {"noun": loss.member.noun, "name": one_line(loss.member.name), "renamed": one_line(loss.renamed)}
    described = [_describe(user, places) for user, places in users.items()]
    message = Message(f"note.{kind}", dataset=loss.dataset_name, users=some(described, NAMED), **facts)
    return Note("used_though_removed", message, tuple(users))


def _describe(user: str, places: list[str]) -> str:
    if user.startswith(Kind.DASHBOARD.value):
        return f"{' and '.join(places)} of {user}"
    return f"{user} ({', '.join(places)})"


def _users(loss: Loss, desired: Bundle, outside: Outside) -> Users:
    found: dict[str, list[str]] = defaultdict(list)
    charts = [chart for chart in desired.of_kind(Kind.CHART) if chart.document.get("dataset_uuid") == loss.dataset.uuid]
    for chart in (*charts, *outside.charts_of(loss.dataset)):
        found[str(chart)].extend(one_line(place) for place in in_settings(chart.document.get("params"), loss.member))
    for dashboard in (*desired.of_kind(Kind.DASHBOARD), *outside.dashboards):
        found[str(dashboard)].extend(in_filters(dashboard, loss.dataset, loss.member))
    return {user: places for user, places in found.items() if places}
