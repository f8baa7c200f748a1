# [DEF:superset.messages.stages:Module]
# @COMPLEXITY: 2
# @PURPOSE: English texts for the stages of a run, and for deviations of a target from a plan.

from __future__ import annotations

from collections.abc import Mapping

from apps.superset.messages.marking import gettext_noop as _

STAGES: Mapping[str, str] = {
    "settle": _("Settle: find out what became of {count} earlier requests without a response"),
    "settle.one": _("Settle: find out what became of an earlier request without a response"),
    "preflight.apply": _("Preflight: read {count} assets of the target; stop if any differs from the plan"),
    "preflight.refuse": _("Preflight: read {count} assets of the target; stop if any was changed since"),
    "preflight.keep_changed": _("Preflight: read {count} assets of the target; keep those that were changed since"),
    "preflight.force": _("Preflight: read {count} assets of the target; undo also those that were changed since"),
    "snapshot": _("Snapshot: save {assets} as they are now"),
    "snapshot.nothing": _("Snapshot: nothing is overwritten"),
    "connect": _("Connect: test {assets} with the secrets that were given, then create them"),
    "free_slugs": _("Free slugs: give {assets} provisional slugs, so that others can take theirs"),
    "import": _("Import: send {assets} in one request to {endpoint}"),
    "repair": _("Repair: set the target's own ids in {assets}, resend what differs"),
    "restore": _("Restore: give {assets} their owners back"),
    "attach": _("Attach: set what travels beside {assets} ({count} changes)"),
    "attach.publish": _("Attach: set what travels beside {assets} ({count} changes), then publish {drafts}"),
    "detach": _("Detach: delete {count} alerts and reports that the run created"),
    "remove": _("Remove: delete {assets}"),
    "verify": _("Verify: read {count} assets back; nothing may differ from the plan"),
    "finish": _("Finish"),
}

DEVIATIONS: Mapping[str, str] = {
    "unreadable": _("{asset} cannot be exported ({detail})"),
    "gone": _("{asset} is gone"),
    "exists": _("{asset} exists already"),
    "changed": _("{asset} has changed"),
    "unlinked": _("{dashboard}: chart “{chart}” is in its layout but not linked to it"),
    "used": _("{asset} is now also used by {users}"),
    "attachment": _("{asset}: its {aspect} changed from {before} to {after}"),
    "attachment.none": _("none"),
    "unrestricted": _("the roles of {asset} would restrict nothing: DASHBOARD_RBAC is off by now, or not shown"),
    "roles": _("{asset} had the roles {before}, and has {after} by now: more people would see it than the plan says"),
    "rule": _("row level security “{rule}” no longer restricts {asset}, or says something else by now"),
    "rule_joined": _(
        "row level security “{other}” is by now in the group “{group}” of “{rule}” on {asset}: more rows would be seen"
    ),
    "seen": _("{asset} would also be seen by {people}, whom the plan does not name"),
    "unseen": _("{asset}: who sees it, which the plan says, can no longer be read"),
    "role_gone": _("role “{role}” of {asset} is gone"),
}

TEMPLATES = {
    **{f"stage.{key}": text for key, text in STAGES.items()},
    **{f"deviation.{key}": text for key, text in DEVIATIONS.items()},
}
