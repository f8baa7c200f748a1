# [DEF:environments.management.commands.environment:Module]
# @COMPLEXITY: 3
# @PURPOSE: `manage.py environment`: the Supersets that Lockstep knows.
# @RELATION INHERITS_FROM -> environments.management.base
# @RELATION DEPENDS_ON -> environments.services
# @RELATION CALLS -> environments.confirmation
# @RELATION DEPENDS_ON -> core.management.output
# @RELATION DEPENDS_ON -> users.services.actor
# @RELATION DEPENDS_ON -> superset.errors

from __future__ import annotations

import argparse
from typing import Any

from django.db.models import QuerySet

from apps.core.management.base import Options, Verbs, add_actor, add_onlooker
from apps.core.management.output import PENDING, Output, table_output
from apps.core.management.passwords import add_password_options, read_password, read_secret_file
from apps.environments import services
from apps.environments.confirmation import confirm
from apps.environments.management import messages
from apps.environments.management.base import SupersetCommand
from apps.environments.messages import CONFIRMED, DECLINED, OWNER_OF_TOKEN
from apps.environments.models import Environment, ProtectionRequest, Provider, Tier
from apps.environments.policies import CHECK
from apps.environments.protection import decline, waiting_sentence
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
        add.add_argument("name")
        add.add_argument("url", help=str(messages.HELP_URL))
        add.add_argument("--tier", choices=Tier.values, default=Tier.OTHER)
        add.add_argument("--protected", action="store_true", help=str(messages.HELP_PROTECTED))
        _add_approvals(add, default=1)
        add.add_argument("--check-queries", action="store_true", help=str(messages.HELP_CHECK_QUERIES))
        add.add_argument("--ca-bundle", metavar="FILE", default="", help=str(messages.HELP_CA_BUNDLE))
        _add_sign_in(add)

        add_onlooker(verbs.add("list", self.list, str(messages.HELP_LIST)))
        for verb, method, summary in (
            ("check", self.check_connection, messages.HELP_CHECK),
            ("disable", self.disable, messages.HELP_DISABLE),
            ("enable", self.enable, messages.HELP_ENABLE),
            ("confirm", self.confirm, messages.HELP_CONFIRM),
            ("decline", self.decline, messages.HELP_DECLINE),
            ("remove", self.remove, messages.HELP_REMOVE),
        ):
            parser = verbs.add(verb, method, str(summary))
            parser.add_argument("name")
            if verb == "remove":
                _add_reason(parser)
            add_actor(parser)

        edit = verbs.add("edit", self.edit, str(messages.HELP_EDIT))
        edit.add_argument("name")
        edit.add_argument("--url", default=argparse.SUPPRESS)
        edit.add_argument("--tier", choices=Tier.values, default=argparse.SUPPRESS)
        edit.add_argument(
            "--ca-bundle", metavar="FILE", default=argparse.SUPPRESS, help=str(messages.HELP_CA_BUNDLE_EDIT)
        )
        edit.add_argument(
            "--protected",
            action=argparse.BooleanOptionalAction,
            default=argparse.SUPPRESS,
            help=str(messages.HELP_PROTECTED),
        )
        _add_approvals(edit, default=argparse.SUPPRESS)
        edit.add_argument(
            "--check-queries",
            action=argparse.BooleanOptionalAction,
            default=argparse.SUPPRESS,
            help=str(messages.HELP_CHECK_QUERIES),
        )
        _add_account(edit, username=None, provider=None)
        _add_reason(edit)
        add_actor(edit)

        credentials = verbs.add("credentials", self.credentials, str(messages.HELP_CREDENTIALS))
        credentials.add_argument("name")
        _add_sign_in(credentials)

    def add(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        sign_in = _read_sign_in(options)
        try:
            environment = services.add_environment(
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
        return Output(_environment_data(environment), text)

    def list(self, options: Options) -> Output:
        user = looking_user(username=options["actor"])
        environments: QuerySet[Environment] = Environment.objects.visible_to(user)
        return table_output(
            [_environment_data(environment) for environment in environments],
            ("NAME", "TIER", "ADDRESS", "SIGNS IN AS", "SUPERSET", "STATE", "LAST CONTACT"),
            [_row(environment) for environment in environments],
            empty=str(messages.EMPTY),
        )

    def check_connection(self, options: Options) -> Output:
        user = looking_user(username=options["actor"])
        environment = services.get_environment(options["name"], user=user)
        require(user, CHECK, environment)
        services.check_connection(environment)
        facts = {"environment": environment, "release": environment.release, "url": environment.url}
        return Output(_environment_data(environment), messages.CONNECTED.format(**facts))

    def edit(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        environment = services.get_environment(options["name"], user=actor)
        changes = {name: options[name] for name in EDITABLE if name in options}
        sign_in = _sign_in_of_edit(options, environment)
        different = services.edit_environment(
            actor=actor, environment=environment, sign_in=sign_in, reason=options["reason"], **changes
        )
        if environment.waiting:
            return _waiting(environment, environment.waiting)
        if sign_in:
            account = sign_in.username or OWNER_OF_TOKEN
            different = {**different, "signs in": messages.SIGNS_IN.format(account=account)}
        facts = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in different.items())
        text = messages.EDITED.format(environment=environment, facts=facts or messages.NOTHING_TO_CHANGE)
        return Output(_environment_data(environment), text)

    def disable(self, options: Options) -> Output:
        return self._set_enabled(options, enabled=False)

    def enable(self, options: Options) -> Output:
        return self._set_enabled(options, enabled=True)

    def remove(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        environment = services.get_environment(options["name"], user=actor)
        removed = _environment_data(environment)
        waiting = services.remove_environment(actor=actor, environment=environment, reason=options["reason"])
        if waiting:
            return _waiting(environment, waiting)
        return Output(removed, messages.REMOVED.format(environment=environment))

    def confirm(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        environment = services.get_environment(options["name"], user=actor)
        request = confirm(actor=actor, environment=environment)
        return Output(_request_data(request), CONFIRMED.format(environment=environment, changes=request.in_words))

    def decline(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        environment = services.get_environment(options["name"], user=actor)
        request = decline(actor=actor, environment=environment)
        return Output(_request_data(request), DECLINED.format(environment=environment, changes=request.in_words))

    def credentials(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        environment = services.get_environment(options["name"], user=actor)
        services.update_credentials(
            actor=actor, environment=environment, sign_in=_read_sign_in(options), check=options["check"]
        )
        return Output(_environment_data(environment), messages.CREDENTIALS_STORED.format(environment=environment))

    def _set_enabled(self, options: Options, *, enabled: bool) -> Output:
        actor = acting_user(username=options["actor"])
        environment = services.get_environment(options["name"], user=actor)
        changed = services.set_enabled(actor=actor, environment=environment, enabled=enabled)
        done, so_already = SWITCHED[enabled]
        return Output(_environment_data(environment), (done if changed else so_already).format(environment=environment))


def _add_reason(parser: Any) -> None:
    parser.add_argument("--reason", default="", help=str(messages.HELP_REASON))


def _request_data(request: ProtectionRequest) -> dict[str, Any]:
    return {
        "environment": request.environment_name,
        "changes": "remove" if request.removes else request.after,
        "sign_in": request.sign_in,
        "reason": request.reason,
        "requested_by": request.requested_by.username,
        "expires": request.expires.isoformat(),
        "state": request.state,
    }


def _waiting(environment: Environment, request: ProtectionRequest) -> Output:
    step = messages.HOW_TO_CONFIRM.format(environment=environment)
    return Output(_request_data(request), f"{waiting_sentence(request)} {step}", exit_code=PENDING)


def _add_approvals(parser: Any, *, default: Any) -> None:
    parser.add_argument(
        "--approvals",
        dest="approvals_needed",
        metavar="N",
        type=int,
        default=default,
        help=str(messages.HELP_APPROVALS),
    )


def _add_account(parser: Any, *, username: str | None, provider: str | None) -> None:
    """Options for the account; in an edit, what is not passed stays."""
    parser.add_argument("--username", default=username, help=str(messages.HELP_USERNAME))
    parser.add_argument(
        "--provider",
        choices=[Provider.DB.value, Provider.LDAP.value],
        default=provider,
        help=messages.HELP_PROVIDER.format(default=provider or messages.UNCHANGED),
    )
    add_password_options(parser, token=True)


def _add_sign_in(parser: Any) -> None:
    _add_account(parser, username="", provider=Provider.DB.value)
    parser.add_argument("--no-check", dest="check", action="store_false", help=str(messages.HELP_NO_CHECK))
    add_actor(parser)


def _read_sign_in(options: Options) -> services.SignIn:
    username = options["username"]
    if options["token_file"]:
        return services.SignIn(read_secret_file(options["token_file"]), username, Provider.TOKEN.value)
    return services.SignIn(read_password(options), username, options["provider"])


def _sign_in_of_edit(options: Options, environment: Environment) -> services.SignIn | None:
    """None if the options give none: then the stored one stays."""
    if not any(options[name] for name in ("username", "provider", "password_file", "password_stdin", "token_file")):
        return None
    username = environment.username if options["username"] is None else options["username"]
    provider = Provider.DB.value if environment.provider == Provider.TOKEN else environment.provider
    return _read_sign_in({**options, "username": username, "provider": options["provider"] or provider})


def _environment_data(environment: Environment) -> dict[str, Any]:
    contact = environment.last_contact
    return {
        **environment.facts(),
        "state": environment.state,
        "release": environment.release,
        "last_contact": contact.isoformat() if contact else None,
        "last_error": environment.last_error,
    }


def _row(environment: Environment) -> tuple[str, ...]:
    contact = environment.last_contact
    return (
        environment.name,
        environment.tier + (", protected" if environment.protected else ""),
        environment.url,
        environment.username or environment.provider,
        environment.release or "-",
        environment.state,
        f"{contact:%Y-%m-%d %H:%M}" if contact else "-",
    )
