# [DEF:freezes.management.commands.freeze:Module]
# @COMPLEXITY: 3
# @PURPOSE: `manage.py freeze`: windows in which nothing is applied.
# @RELATION INHERITS_FROM -> core.management.base
# @RELATION DEPENDS_ON -> freezes.services
# @RELATION DEPENDS_ON -> environments.services
# @RELATION DEPENDS_ON -> users.services.actor

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.utils import timezone

from apps.core.errors import LockstepError
from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, Verbs, add_actor, add_onlooker
from apps.core.management.output import Output, table_output
from apps.environments.models import Tier
from apps.environments.services import get_environment
from apps.freezes.management.output import freeze_data, when_of
from apps.freezes.models import FreezeWindow, validate_time_zone
from apps.freezes.recurrence import Day, beginning, ending
from apps.freezes.services import add_freeze, get_freeze, remove_freeze
from apps.users.services.actor import acting_user, looking_user

WRITE = "write 2026-12-23 18:00, or fri 18:00 for every week"


class Command(BaseCommand):
    help = "Windows in which nothing is applied: list, add, remove."

    def add_verbs(self, verbs: Verbs) -> None:
        add_onlooker(verbs.add("list", self.list, "Show all of them."))

        add = verbs.add("add", self.add, "Keep everybody from applying for a while, once or every week.")
        add.add_argument("reason", help="what those who wait are told")
        where = add.add_mutually_exclusive_group()
        where.add_argument("--environment", metavar="NAME", help="only there (default: everywhere)")
        where.add_argument("--tier", choices=Tier.values, help="only in environments of this tier")
        add.add_argument("--from", dest="starts", required=True, metavar="WHEN", help=WRITE)
        add.add_argument("--until", dest="ends", required=True, metavar="WHEN", help="the same")
        add.add_argument("--timezone", default="UTC", help="whose clocks tell both, such as Europe/Berlin (UTC)")
        add_actor(add)

        remove = verbs.add("remove", self.remove, "Take one back.")
        remove.add_argument("id", type=int, metavar="ID")
        add_actor(remove)

    def list(self, options: Options) -> Output:
        now = timezone.now()
        seen = FreezeWindow.objects.visible_to(looking_user(username=options["actor"]))
        windows = seen.select_related("environment")
        return table_output(
            [freeze_data(window) for window in windows],
            ("ID", "WHERE", "WHEN", "STATE", "REASON"),
            [(str(each.pk), each.where, when_of(each), each.state(now).value, each.reason) for each in windows],
            empty="There is no freeze window: add one with `manage.py freeze add REASON --from WHEN --until WHEN`.",
        )

    def add(self, options: Options) -> Output:
        validate_time_zone(options["timezone"])
        window = FreezeWindow(time_zone=options["timezone"])
        actor, place = acting_user(username=options["actor"]), options["environment"]
        facts = {
            "reason": options["reason"],
            "environment": get_environment(place, user=actor) if place else None,
            "tier": options["tier"] or "",
            "time_zone": options["timezone"],
            **_when(options["starts"], options["ends"], window),
        }
        window = add_freeze(actor=actor, **facts)
        return Output(freeze_data(window), f"Added freeze window {window.pk}: {window.where}, {when_of(window)}.")

    def remove(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        window = get_freeze(options["id"], user=actor)
        told = freeze_data(window)
        remove_freeze(actor=actor, window=window)
        return Output(told, f"Removed freeze window {told['id']}: {window.reason}.")


def _when(starts: str, ends: str, window: FreezeWindow) -> dict[str, Any]:
    try:
        if starts[:1].isdigit():
            first, last = datetime.fromisoformat(starts), datetime.fromisoformat(ends)
            return {"starts": beginning(first, window.zone), "ends": ending(last, window.zone)}
        (from_day, from_time), (until_day, until_time) = _day_and_time(starts), _day_and_time(ends)
    except ValueError:
        raise LockstepError(f"“{starts}” and “{ends}” cannot be read: {WRITE}.") from None
    return {"from_day": from_day, "from_time": from_time, "until_day": until_day, "until_time": until_time}


def _day_and_time(text: str) -> tuple[str, time]:
    day, clock = text.split()
    return Day(day[:3].lower()).value, time.fromisoformat(clock)
