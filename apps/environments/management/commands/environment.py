# [DEF:environments.management.commands.environment:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep environment`: the Supersets that Lockstep knows.
# @RELATION INHERITS_FROM -> environments.management.base
# @RELATION DEPENDS_ON -> environments.services.lookup
# @RELATION CALLS -> environments.confirmation
# @RELATION DEPENDS_ON -> core.management.output
# @RELATION DEPENDS_ON -> users.services.actor
# @RELATION DEPENDS_ON -> superset.errors

from __future__ import annotations

import argparse
from typing import Any

from apps.core.management.base import Options, Verbs, add_actor, add_onlooker
from apps.core.management.dry_run import add_yes, carried_out, would
from apps.core.management.lists import add_limit, add_search, add_state, equal, page_of, page_output, with_words
from apps.core.management.output import Output
from apps.core.management.program import program
from apps.environments.confirmation import confirm
from apps.environments.management import messages
from apps.environments.management.base import SupersetCommand
from apps.environments.management.options import (
    STATES,
    add_account,
    add_approvals,
    add_reason,
    add_sign_in,
    read_sign_in,
    sign_in_of_edit,
)
from apps.environments.management.output import environment_data, hanging_on, request_data, row_of, waiting_output
from apps.environments.messages import CONFIRMED, DECLINED, OWNER_OF_TOKEN
from apps.environments.models import Environment, Tier
from apps.environments.policies import CHECK
from apps.environments.services import connection, edits, lookup, registration
from apps.environments.services.protection_requests import decline
from apps.superset.errors import NotConfigured, SupersetError
from apps.users.policies import require
from apps.users.services.actor import acting_user, looking_user

EDITABLE = ("url", "tier", "ca_bundle", "protected", "approvals_needed", "check_queries")

SWITCHED = {
    True: (messages.ENABLED, messages.ALREADY_ENABLED),
    False: (messages.DISABLED, messages.ALREADY_DISABLED),
}
"""By whether it was to be enabled: what is said where that changed it, and where it was so already."""


class Command(SupersetCommand):
    help = str(messages.HELP)

    def add_verbs(self, verbs: Verbs) -> None:
        add = verbs.add("add", self.add, str(messages.HELP_ADD))
        add.add_argument("name", metavar="NAME", help=str(messages.HELP_NAME))
        add.add_argument("url", metavar="URL", help=str(messages.HELP_URL))
        add.add_argument("--tier", choices=Tier.values, default=Tier.OTHER, help=str(messages.HELP_TIER))
        add.add_argument("--protected", action="store_true", help=str(messages.HELP_PROTECTED))
        add_approvals(add, default=1)
        add.add_argument("--check-queries", action="store_true", help=str(messages.HELP_CHECK_QUERIES))
        add.add_argument("--ca-bundle", metavar="FILE", default="", help=str(messages.HELP_CA_BUNDLE))
        add_sign_in(add)

        _add_filters(verbs.add("list", self.list, str(messages.HELP_LIST)))
        for verb, method, summary in (
            ("check", self.check_connection, messages.HELP_CHECK),
            ("disable", self.disable, messages.HELP_DISABLE),
            ("enable", self.enable, messages.HELP_ENABLE),
            ("confirm", self.confirm, messages.HELP_CONFIRM),
            ("decline", self.decline, messages.HELP_DECLINE),
            ("remove", self.remove, messages.HELP_REMOVE),
        ):
            parser = verbs.add(verb, method, str(summary))
            parser.add_argument("name", metavar="NAME", help=str(messages.HELP_NAME))
            if verb == "remove":
                add_reason(parser)
                add_yes(parser)
            add_actor(parser)

        edit = verbs.add("edit", self.edit, str(messages.HELP_EDIT))
        edit.add_argument("name", metavar="NAME", help=str(messages.HELP_NAME))
        edit.add_argument("--url", metavar="URL", default=argparse.SUPPRESS, help=str(messages.HELP_URL_EDIT))
        edit.add_argument("--tier", choices=Tier.values, default=argparse.SUPPRESS, help=str(messages.HELP_TIER_EDIT))
        edit.add_argument(
            "--ca-bundle", metavar="FILE", default=argparse.SUPPRESS, help=str(messages.HELP_CA_BUNDLE_EDIT)
        )
        edit.add_argument(
            "--protected",
            action=argparse.BooleanOptionalAction,
            default=argparse.SUPPRESS,
            help=str(messages.HELP_PROTECTED),
        )
        add_approvals(edit, default=argparse.SUPPRESS)
        edit.add_argument(
            "--check-queries",
            action=argparse.BooleanOptionalAction,
            default=argparse.SUPPRESS,
            help=str(messages.HELP_CHECK_QUERIES),
        )
        add_account(edit, username=None, provider=None)
        add_reason(edit)
        add_actor(edit)

        credentials = verbs.add("credentials", self.credentials, str(messages.HELP_CREDENTIALS))
        credentials.add_argument("name", metavar="NAME", help=str(messages.HELP_NAME))
        add_sign_in(credentials)

    def add(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        sign_in = read_sign_in(options)
        try:
            environment = registration.add_environment(
                actor=actor,
                name=options["name"],
                url=options["url"],
                sign_in=sign_in,
                tier=options["tier"],
                protected=options["protected"],
                approvals_needed=options["approvals_needed"],
                check_queries=options["check_queries"],
                ca_bundle=options["ca_bundle"],
                check=options["check"],
            )
        except NotConfigured:
            raise
        except SupersetError as error:
            error.next_step += f" {messages.NOTHING_STORED}"
            raise
        release = environment.release
        contact = messages.SUPERSET_RELEASE.format(release=release) if release else messages.NOT_CHECKED
        text = messages.ADDED.format(environment=environment, url=environment.url, contact=contact)
        return Output(environment_data(environment), f"{text} {_unprotected_hint(environment)}".rstrip())

    def list(self, options: Options) -> Output:
        user = looking_user(username=options["actor"])
        wanted = equal({"tier": options["tier"], "protected": options["protected"]})
        seen = Environment.objects.visible_to(user).filter(wanted, with_words(options["search"], "name", "slug", "url"))
        states = options["state"]
        found = [environment for environment in seen if not states or environment.state in states]
        headers = ("NAME", "TIER", "ADDRESS", "SIGNS IN AS", "SUPERSET", "STATE", "LAST CONTACT")
        page = page_of(found, options)
        return page_output(
            page,
            options,
            headers,
            data=environment_data,
            cells=row_of,
            empty=f"{messages.EMPTY} {lookup.first_step(user)}",
        )

    def check_connection(self, options: Options) -> Output:
        user = looking_user(username=options["actor"])
        environment = lookup.get_environment(options["name"], user=user)
        require(user, CHECK, environment)
        connection.check_connection(environment)
        facts = {"environment": environment, "release": environment.release, "url": environment.url}
        text = messages.CONNECTED.format(**facts, offered=environment.offered_sign_in)
        return Output(environment_data(environment), text)

    def edit(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        environment = lookup.get_environment(options["name"], user=actor)
        changes = {name: options[name] for name in EDITABLE if name in options}
        sign_in = sign_in_of_edit(options, environment)
        different = edits.edit_environment(
            actor=actor, environment=environment, sign_in=sign_in, reason=options["reason"], **changes
        )
        if environment.waiting:
            return waiting_output(environment, environment.waiting)
        if sign_in:
            account = sign_in.username or OWNER_OF_TOKEN
            different = {**different, "signs in": messages.SIGNS_IN.format(account=account)}
        facts = ", ".join(_in_words(name, value) for name, value in different.items())
        text = messages.EDITED.format(environment=environment, facts=facts or messages.NOTHING_TO_CHANGE)
        return Output(environment_data(environment), text)

    def disable(self, options: Options) -> Output:
        return self._set_enabled(options, enabled=False)

    def enable(self, options: Options) -> Output:
        return self._set_enabled(options, enabled=True)

    def remove(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        environment = lookup.get_environment(options["name"], user=actor)
        removed = environment_data(environment)
        facts = {"environment": environment, "hanging": hanging_on(environment)}
        waiting = carried_out(
            lambda: registration.remove_environment(actor=actor, environment=environment, reason=options["reason"]),
            really=options["yes"],
        )
        if not options["yes"]:
            return would(removed, (messages.WOULD_ASK if waiting else messages.WOULD_REMOVE).format(**facts))
        if waiting:
            return waiting_output(environment, waiting)
        return Output(removed, messages.REMOVED.format(environment=environment))

    def confirm(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        environment = lookup.get_environment(options["name"], user=actor)
        request = confirm(actor=actor, environment=environment)
        return Output(request_data(request), CONFIRMED.format(environment=environment, changes=request.in_words))

    def decline(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        environment = lookup.get_environment(options["name"], user=actor)
        request = decline(actor=actor, environment=environment)
        return Output(request_data(request), DECLINED.format(environment=environment, changes=request.in_words))

    def credentials(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        environment = lookup.get_environment(options["name"], user=actor)
        edits.update_credentials(
            actor=actor, environment=environment, sign_in=read_sign_in(options), check=options["check"]
        )
        return Output(environment_data(environment), messages.CREDENTIALS_STORED.format(environment=environment))

    def _set_enabled(self, options: Options, *, enabled: bool) -> Output:
        actor = acting_user(username=options["actor"])
        environment = lookup.get_environment(options["name"], user=actor)
        changed = edits.set_enabled(actor=actor, environment=environment, enabled=enabled)
        done, so_already = SWITCHED[enabled]
        return Output(environment_data(environment), (done if changed else so_already).format(environment=environment))


def _add_filters(parser: Any) -> None:
    parser.add_argument("--tier", choices=Tier.values, help=str(messages.HELP_TIER_FILTER))
    add_state(parser, STATES)
    parser.add_argument(
        "--protected", action=argparse.BooleanOptionalAction, default=None, help=str(messages.HELP_PROTECTED_FILTER)
    )
    add_search(parser, messages.SEARCHED)
    add_limit(parser)
    add_onlooker(parser)


def _in_words(name: str, value: object) -> str:
    if sentence := messages.SWITCHED.get((name, value)):
        return str(sentence)
    return f"{name.replace('_', ' ')} {value}"


def _unprotected_hint(environment: Environment) -> str:
    """For whoever expects approvals, which the tier and their number alone do not ask for."""
    if environment.protected or (environment.tier != Tier.PROD and environment.approvals_needed == 1):
        return ""
    return messages.NOT_PROTECTED.format(program=program(), slug=environment.slug)
