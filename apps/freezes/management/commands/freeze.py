# [DEF:freezes.management.commands.freeze:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep freeze`: windows in which nothing is applied.
# @RELATION INHERITS_FROM -> core.management.base
# @RELATION DEPENDS_ON -> freezes.services
# @RELATION DEPENDS_ON -> environments.services.lookup
# @RELATION DEPENDS_ON -> users.services.actor

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.utils import timezone

from apps.core.errors import LockstepError
from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, Verbs, add_actor, add_onlooker
from apps.core.management.output import Output, table_output
from apps.core.management.program import program
from apps.environments.models import Tier
from apps.environments.services.lookup import get_environment
from apps.freezes.management import messages
from apps.freezes.management.output import freeze_data
from apps.freezes.models import FreezeWindow, validate_time_zone
from apps.freezes.recurrence import Day, beginning, ending
from apps.freezes.services import add_freeze, get_freeze, remove_freeze
from apps.users.services.actor import acting_user, looking_user


class Command(BaseCommand):
    help = str(messages.HELP)

    def add_verbs(self, verbs: Verbs) -> None:
        add_onlooker(verbs.add("list", self.list, str(messages.HELP_LIST)))

        add = verbs.add("add", self.add, str(messages.HELP_ADD))
        add.add_argument("reason", help=str(messages.HELP_REASON))
        where = add.add_mutually_exclusive_group()
        where.add_argument("--environment", metavar="NAME", help=str(messages.HELP_ENVIRONMENT))
        where.add_argument("--tier", choices=Tier.values, help=str(messages.HELP_TIER))
        add.add_argument("--from", dest="starts", required=True, metavar="WHEN", help=str(messages.HELP_WHEN))
        add.add_argument("--until", dest="ends", required=True, metavar="WHEN", help=str(messages.HELP_UNTIL))
        add.add_argument("--timezone", default="UTC", help=str(messages.HELP_TIMEZONE))
        add_actor(add)

        remove = verbs.add("remove", self.remove, str(messages.HELP_REMOVE))
        remove.add_argument("id", type=int, metavar="ID")
        add_actor(remove)

    def list(self, options: Options) -> Output:
        now = timezone.now()
        seen = FreezeWindow.objects.visible_to(looking_user(username=options["actor"]))
        windows = seen.select_related("environment")
        return table_output(
            [freeze_data(window) for window in windows],
            ("ID", "WHERE", "WHEN", "STATE", "REASON"),
            [(str(each.pk), each.where, each.when, each.state(now).value, each.reason) for each in windows],
            empty=messages.EMPTY.format(program=program()),
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
        return Output(
            freeze_data(window), messages.ADDED.format(number=window.pk, where=window.where, when=window.when)
        )

    def remove(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        window = get_freeze(options["id"], user=actor)
        removed = freeze_data(window)
        remove_freeze(actor=actor, window=window)
        return Output(removed, messages.REMOVED.format(number=removed["id"], reason=window.reason))


def _when(starts: str, ends: str, window: FreezeWindow) -> dict[str, Any]:
    try:
        if starts[:1].isdigit():
            first, last = datetime.fromisoformat(starts), datetime.fromisoformat(ends)
            return {"starts": beginning(first, window.zone), "ends": ending(last, window.zone)}
        (from_day, from_time), (until_day, until_time) = _day_and_time(starts), _day_and_time(ends)
    except ValueError:
        raise LockstepError(messages.NOT_A_TIME.format(starts=starts, ends=ends, format=messages.HELP_WHEN)) from None
    return {"from_day": from_day, "from_time": from_time, "until_day": until_day, "until_time": until_time}


def _day_and_time(text: str) -> tuple[str, time]:
    day, clock = text.split()
    return Day(day[:3].lower()).value, time.fromisoformat(clock)
