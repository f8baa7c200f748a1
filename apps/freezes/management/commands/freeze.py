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
from apps.core.management.arguments import whole_number
from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, Verbs, add_actor, add_onlooker
from apps.core.management.dry_run import add_yes, carried_out, would
from apps.core.management.lists import add_limit, add_search, add_state, equal, page_of, page_output, with_words
from apps.core.management.output import Output
from apps.core.management.program import program
from apps.environments.management.options import add_environment, of_environment
from apps.environments.models import Tier
from apps.environments.services.lookup import get_environment
from apps.freezes.management import messages
from apps.freezes.management.output import freeze_data
from apps.freezes.models import FreezeState, FreezeWindow, validate_time_zone
from apps.freezes.recurrence import Day, beginning, ending
from apps.freezes.services import add_freeze, get_freeze, remove_freeze
from apps.users.management.options import add_by, by
from apps.users.services.actor import acting_user, looking_user


class Command(BaseCommand):
    help = str(messages.HELP)

    def add_verbs(self, verbs: Verbs) -> None:
        listed = verbs.add("list", self.list, str(messages.HELP_LIST))
        add_state(listed, FreezeState.values)
        add_environment(listed)
        listed.add_argument("--tier", choices=Tier.values, help=str(messages.HELP_TIER_FILTER))
        add_by(listed, messages.ADDED_WINDOWS)
        add_search(listed, messages.SEARCHED)
        add_limit(listed)
        add_onlooker(listed)

        add = verbs.add("add", self.add, str(messages.HELP_ADD))
        add.add_argument("reason", metavar="REASON", help=str(messages.HELP_REASON))
        where = add.add_mutually_exclusive_group()
        where.add_argument("--environment", metavar="NAME", help=str(messages.HELP_ENVIRONMENT))
        where.add_argument("--tier", choices=Tier.values, help=str(messages.HELP_TIER))
        add.add_argument("--from", dest="starts", required=True, metavar="WHEN", help=str(messages.HELP_WHEN))
        add.add_argument("--until", dest="ends", required=True, metavar="WHEN", help=str(messages.HELP_UNTIL))
        add.add_argument("--timezone", metavar="ZONE", default="UTC", help=str(messages.HELP_TIMEZONE))
        add_actor(add)

        remove = verbs.add("remove", self.remove, str(messages.HELP_REMOVE))
        remove.add_argument("id", type=whole_number(1), metavar="ID", help=str(messages.HELP_ID))
        add_yes(remove)
        add_actor(remove)

    def list(self, options: Options) -> Output:
        now = timezone.now()
        user, states = looking_user(username=options["actor"]), options["state"]
        seen = FreezeWindow.objects.visible_to(user).select_related("environment").order_by("-pk")
        wanted = of_environment(options["environment"], user=user) & equal({"tier": options["tier"]})
        windows = seen.filter(wanted, by("created_by", options), with_words(options["search"], "reason"))
        return page_output(
            page_of([each for each in windows if not states or each.state(now) in states], options),
            options,
            ("ID", "WHERE", "WHEN", "STATE", "REASON"),
            data=freeze_data,
            cells=lambda each: (str(each.pk), each.where, each.when, each.state(now).value, each.reason),
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
        facts = {"number": window.pk, "where": window.where, "when": window.when, "reason": window.reason}
        carried_out(lambda: remove_freeze(actor=actor, window=window), really=options["yes"])
        if not options["yes"]:
            return would(removed, messages.WOULD_REMOVE.format(**facts))
        return Output(removed, messages.REMOVED.format(**facts))


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
