# [DEF:superset.messages.refusals:Module]
# @COMPLEXITY: 2
# @PURPOSE: English texts of refusals of a plan: one clause per kind, with the next step.

from __future__ import annotations

from collections.abc import Mapping

from apps.superset.messages.marking import gettext_noop as _

BY_KIND: Mapping[str, str] = {
    "acknowledged_nothing": _(
        "nothing in this plan is refused under the name “{name}”: remove it from what is acknowledged"
    ),
    "damaged": _(
        "{asset} has no JSON object in {fields} on the source, so it is exported without its filters, colors or "
        "layout. Fix it there and plan again, or acknowledge it to migrate it as exported"
    ),
    "damaged.settings": _(
        "{asset} has settings (params) that are not an object: open it on the source, save it, and plan again"
    ),
    "dangling_reference": _(
        "{asset} refers to a {missing} that does not exist ({how}): fix or remove the reference in the source, then "
        "plan again"
    ),
    "dangling_reference.layout": _(
        "{asset} lays out charts that do not exist: {charts}. Fix or remove them in the source, then plan again"
    ),
    "dangling_reference.chart": _("“{name}” (chart {number}; {place})"),
    "dangling_reference.no_number": _("without a number"),
    "database_unmapped": _(
        "database “{name}” is not mapped: map it to a database of the target{suggestion}{visibility}"
    ),
    "database_takeover": _(
        "database “{name}” is not mapped, and an import would take over the target's own connection of that name: map "
        "it to a database of the target{suggestion}{visibility}"
    ),
    "connection_exists": _(
        "{asset} was to be created, and the target has database “{name}” ({uuid}): existing connections are never "
        "touched. Map it to that one, or rename one of them"
    ),
    "connection_open_secrets": _(
        "{asset} has secrets in the open on the source ({places}), which a plan must not hold: create it on the target "
        "by hand, then map it"
    ),
    "connection_tunnel": _(
        "{asset} uses an SSH tunnel, and SSH_TUNNELING is off on the target, or not shown: switch it on there, or "
        "create the connection by hand and map it"
    ),
    "orphan_unrestorable": _("a rollback could not restore it"),
    "orphan_changed": _("somebody has changed it since the plan was made"),
    "orphan_used": _("it is used by {users}"),
    "orphan_not_owned": _("the account neither owns it nor is an administrator"),
    "orphan_unseen": _("the account does not see all charts, and one of the others may show it"),
    "orphan_reports": _("alerts or reports may be about it: {reports}"),
    "orphan_rules": _("row-level security may name it: {rules}"),
    "connection_unneeded": _("no dashboard of this plan uses database {uuid}: do not ask for its connection"),
    "mapping_target_missing": _(
        "database “{name}” is mapped to {mapped}, which the target does not have: map it to another one{visibility}"
    ),
    "suggestion": _("; “{name}” is suggested ({reason})"),
    "suggestion.none": _("; {reason}"),
    "visibility": _(". {unseen}"),
    "databases_unseen": _(
        "{account} sees only the databases it was granted: grant one of its roles access to the database there, or "
        "use an administrator's account"
    ),
    "databases_unseen.perhaps": _(
        "{account} may see only the databases it was granted: grant one of its roles access to the database there, or "
        "use an administrator's account"
    ),
    "no_foundation": _(
        "{asset} needs {missing}, which does not exist on the target or cannot be seen there: plan again"
    ),
    "not_importable": _("Superset cannot import {asset}: {obstacle}. Correct it in the source, then plan again"),
    "not_sendable.source": _(
        "{asset} of the source contains characters that no database stores (NUL or half a surrogate pair, in "
        "{places}): remove them there, then plan again"
    ),
    "not_sendable.target": _(
        "{asset} of the target contains characters that no database stores (NUL or half a surrogate pair, in "
        "{places}): remove them there, then plan again"
    ),
    "paired_twice": _(
        "{asset} and {other} are paired with the same {kind} of the target: pair one of them with another"
    ),
    "too_many_changes": _(
        "{count} assets of the target would be overwritten or deleted, more than the limit of {limit}: select fewer "
        "dashboards or lift the limit"
    ),
    "database_gone": _("the target no longer has database {uuid}, which datasets of this plan use"),
    "slug_unknown": _(
        "{asset} would be created with the slug “{slug}”, and the account of the target is not an administrator: it "
        "cannot see whether somebody's draft has that slug and would be overwritten. Use an administrator's account, "
        "or remove the slug"
    ),
    "dashboard_hidden": _(
        "{asset} would be created with the UUID {uuid}, which a dashboard of somebody else has on the target; the "
        "account cannot list it. Use an administrator's account, or have its owner publish or remove it"
    ),
    "table_unknown": _(
        "{asset} would be created, and the account of the target does not see all datasets: somebody else's dataset "
        "on the same table would be overwritten. Use an account with access to all data"
    ),
    "table_unknown.perhaps": _(
        "{asset} would be created, and Superset {release} does not show whether the account of the target sees all "
        "datasets: somebody else's dataset on the same table would be overwritten. Acknowledge it if the account sees "
        "all, or use an administrator's account"
    ),
    "dataset_twin": _(
        "{asset} is on {table}, and the target has dataset “{name}” ({uuid}) on a table of that name without a schema "
        "or catalog: if it means the default of the connection, two datasets would share one table. To overwrite that "
        "one, pair {own} with {uuid}; acknowledge it to create a second one"
    ),
    "database_differs": _(
        "{asset} is on {current} of the target and would move to database “{wanted}”, which an import cannot do: "
        "change its database on the target by hand, or map the source's database to the one it is on"
    ),
    "database": _("database “{name}”"),
    "database.unseen": _("a database that the account cannot see ({uuid})"),
    "slug_handover": _(
        "{asset} has the slug “{slug}”, which on the target belongs to dashboard “{owner}” ({uuid}). In the source, "
        "that is dashboard “{home}” with the slug “{now}”: migrate both in one plan"
    ),
    "slug_handover.no_slug": _(
        "{asset} has the slug “{slug}”, which on the target belongs to dashboard “{owner}” ({uuid}). In the source, "
        "that is dashboard “{home}” without a slug: migrate both in one plan"
    ),
    "slug_in_use": _(
        "{asset} has the slug “{slug}”, which on the target belongs to dashboard “{owner}” ({uuid}): change one of "
        "the two slugs, then plan again"
    ),
    "slug_taken": _(
        "{asset} has the slug “{slug}”, which on the target belongs to dashboard “{owner}” ({uuid}): change one of "
        "the slugs, or pair the two if they are the same dashboard"
    ),
    "dataset_taken.target": _(
        "{asset} is on a table that the target has as another dataset ({uuid}): pair {own} with {uuid} to overwrite "
        "that one, or change one of the two"
    ),
    "dataset_taken.target.open": _(
        "{asset} names no schema or catalog, so an import would take {table} for it, which the target has as another "
        "dataset ({uuid}): pair {own} with {uuid} to overwrite that one, or change one of the two"
    ),
    "dataset_taken.plan": _(
        "{asset} is on a table that this plan also brings as another dataset ({uuid}): merge the two in the source, "
        "or map their databases to different ones"
    ),
    "dataset_taken.plan.open": _(
        "{asset} names no schema or catalog, so an import would take {table} for it, which this plan also brings as "
        "another dataset ({uuid}): merge the two in the source, or map their databases to different ones"
    ),
    "restricted": _(
        "{asset} is restricted to {roles} on the source, and roles do not travel: on {environment}, everyone who may "
        "read its data would see it. Acknowledge it to migrate it unpublished; then give it roles there and publish it"
    ),
    "restricted.unknown": _(
        "{holder} does not say who may see {asset}: on {environment}, more people might see it than before. "
        "Acknowledge it to migrate it unpublished; then set who may see it there and publish it"
    ),
    "archived": _(
        "{asset} was deleted on {environment}, which keeps it: an import would bring it back and overwrite it. "
        "Acknowledge it if that is meant"
    ),
    "not_owned": _(
        "{account} neither owns {assets} nor has the role {role}, and Superset lets nobody else overwrite them: have "
        "their owners add the account, or use an administrator's. If its administrators have a role of another name, "
        "acknowledge it to try anyway"
    ),
    "not_owned.removal": _(
        "{asset} would be removed, and the account neither owns it nor is an administrator: have its owner add the "
        "account, or use an administrator's"
    ),
    "rights_missing": _(
        "{account} lacks {rights}: grant them to one of its roles there (Settings, List Roles), or use an "
        "administrator's account"
    ),
    "account": _("the account of {environment}"),
    "account.numbered": _(
        "the account with the id {id} of {environment} (Superset {release} does not show its name to Lockstep)"
    ),
    "account.named": _("the account “{name}” of {environment}"),
    "row_level_security_unknown": _(
        "{source} does not show its row level security to {account}, so {assets} may expose restricted rows on "
        "{target}: use an account with {permission} on {view} (Admin has it). Acknowledge it to migrate dashboards "
        "that are not published there as unpublished"
    ),
    "row_level_security_wider": _(
        "{asset} would show more rows on {environment} than on the source: the groups of its rules have more rules "
        "there ({rules}), and Superset joins the rules of a group with OR. Take them out of the group. Acknowledge it "
        "to migrate dashboards on it that are not published there as unpublished"
    ),
    "row_level_security_lost": _(
        "{asset} has row level security on the source ({rules}) that {environment} lacks or does not show to the "
        "account, and it does not travel: everyone who may read the dataset would see all its rows. Create the rules "
        "there once the dataset exists. Acknowledge it to migrate dashboards on it that are not published there as "
        "unpublished"
    ),
    "rules_loosened": _(
        "rule “{rule}” of {environment} would no longer restrict {freed}. Acknowledge it if that is meant"
    ),
    "same_server": _(
        "{source} and {target} have the same assets with the same ids, changed at the same times: they are one "
        "Superset under two addresses, or one is an untouched copy. Plan between two servers, and remove one of the "
        "environments if they are the same"
    ),
    "link_hosts": _("{asset}: {paths}"),
    "jinja": _(
        "{asset} names a dataset in a Jinja macro that cannot be rewritten ({calls}): on the target it may mean "
        "another dataset. Write the id of a dataset of the source in the call, or acknowledge it to send it as it is"
    ),
    "number": _("{asset}: {differences}"),
    "number.value": _("{path} is {ours} on the source, {theirs} on the target"),
    "number.text": _("{path} names {ours} on the source, {theirs} on the target"),
    "still_used": _("{asset} would be removed but is used by {users}: remove it from there first"),
    "queried": _("{asset} would be removed and the saved query “{query}” with it. Delete or move that first"),
    "reported": _("{asset} would be removed but has alerts or reports: {reports}. Delete those first"),
    "unreadable": _(
        "{asset} of {environment} cannot be exported ({detail}): open and save it in Superset, or leave it out"
    ),
    "unreadable.untitled": _(
        "{asset} of {environment} cannot be exported until it has a title: give it one, or leave it out"
    ),
}

TEMPLATES = {f"refusal.{key}": text for key, text in BY_KIND.items()}
