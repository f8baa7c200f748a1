# [DEF:freezes.messages:Module]
# @COMPLEXITY: 1

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

NO_FREEZE = _("There is no freeze window {number}.")
FROZEN = _(
    "“{environment}” is frozen until {until}: {reason}. Wait until then. In an emergency, anyone allowed to override "
    "a freeze can apply with a reason."
)
NO_TIME_ZONE = _("“{name}” is not a time zone. Use a name such as Europe/Berlin or UTC.")
ENVIRONMENT_OR_TIER = _("Choose an environment or a tier, not both. Leave both empty for all environments.")
ONCE_OR_WEEKLY = _("Give a start and an end, or a weekday and time for both.")
ENDS_BEFORE_START = _("The end must be after the start.")

ALL_OF_TIER = _("all of tier {tier}")
EVERYWHERE = _("all environments")
TIER = _("tier {tier}")
EVERY_WEEK = _("every {from_day} {from_time} to {until_day} {until_time} {zone}")
ONCE = _("{starts} to {ends} {zone}")
