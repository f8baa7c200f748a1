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
from apps.environments.management.base import SupersetCommand
from apps.environments.models import Environment, ProtectionRequest, Provider, Tier
from apps.environments.policies import CHECK
from apps.environments.protection import decline, waiting_sentence
from apps.superset.errors import NotConfigured, SupersetError
from apps.users.policies import require
from apps.users.services.actor import acting_user, looking_user

EDITABLE = ("url", "tier", "ca_bundle", "protected", "approvals_needed", "check_queries")

CHECK_QUERIES = "after an apply, ask each chart that was written for one row, and tell which do not answer"


class Command(SupersetCommand):
    help = (
        "The Supersets that Lockstep knows: add, list, check, edit, disable, enable, credentials, confirm, decline, "
        "remove."
    )

    def add_verbs(self, verbs: Verbs) -> None:
        add = verbs.add("add", self.add, "Add a Superset, if it answers and lets us in.")
        add.add_argument("name")
        add.add_argument("url", help="with or without /api/v1")
        add.add_argument("--tier", choices=Tier.values, default=Tier.OTHER)
        add.add_argument("--protected", action="store_true", help="changes to it need an approval")
        _add_approvals(add, default=1)
        add.add_argument("--check-queries", action="store_true", help=CHECK_QUERIES)
        add.add_argument("--ca-bundle", metavar="FILE", default="", help="PEM file with the certificates to trust")
        _add_sign_in(add)

        add_onlooker(verbs.add("list", self.list, "Show all of them."))
        for verb, method, summary in (
            ("check", self.check_connection, "Ask one whether it answers and lets us in."),
            ("disable", self.disable, "Keep one out of use."),
            ("enable", self.enable, "Bring one back into use."),
            ("confirm", self.confirm, "Confirm what lowers the protection of one, as another than who asked."),
            ("decline", self.decline, "Decline that, or take it back."),
            ("remove", self.remove, "Forget one where nothing is to be done and that no migration names."),
        ):
            parser = verbs.add(verb, method, summary)
            parser.add_argument("name")
            if verb == "remove":
                _add_reason(parser)
            add_actor(parser)

        edit = verbs.add("edit", self.edit, "Change where one is, what it is for, or whether it is protected.")
        edit.add_argument("name")
        edit.add_argument("--url", default=argparse.SUPPRESS)
        edit.add_argument("--tier", choices=Tier.values, default=argparse.SUPPRESS)
        edit.add_argument("--ca-bundle", metavar="FILE", default=argparse.SUPPRESS, help="empty for none")
        edit.add_argument(
            "--protected",
            action=argparse.BooleanOptionalAction,
            default=argparse.SUPPRESS,
            help="changes need an approval",
        )
        _add_approvals(edit, default=argparse.SUPPRESS)
        edit.add_argument(
            "--check-queries", action=argparse.BooleanOptionalAction, default=argparse.SUPPRESS, help=CHECK_QUERIES
        )
        _add_account(edit, username=None, provider=None)
        _add_reason(edit)
        add_actor(edit)

        credentials = verbs.add("credentials", self.credentials, "Replace how Lockstep signs in to one.")
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
            error.next_step += " Nothing was stored; to store it all the same, add --no-check."
            raise
        answered = f", Superset {environment.release}" if environment.release else ", not checked"
        return Output(
            _environment_data(environment), f"Added the environment “{environment}” ({environment.url}{answered})."
        )

    def list(self, options: Options) -> Output:
        user = looking_user(username=options["actor"])
        environments: QuerySet[Environment] = Environment.objects.visible_to(user)
        return table_output(
            [_environment_data(environment) for environment in environments],
            ("NAME", "TIER", "ADDRESS", "SIGNS IN AS", "SUPERSET", "STATE", "LAST CONTACT"),
            [_row(environment) for environment in environments],
            empty="There is no environment yet: add one with `manage.py environment add NAME URL`.",
        )

    def check_connection(self, options: Options) -> Output:
        user = looking_user(username=options["actor"])
        environment = services.get_environment(options["name"], user=user)
        require(user, CHECK, environment)
        services.check_connection(environment)
        return Output(
            _environment_data(environment),
            f"“{environment}” answers: Superset {environment.release} at {environment.url}.",
        )

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
            different = {**different, "signs in": f"as {sign_in.username or 'whom the token names'}"}
        facts = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in different.items())
        return Output(_environment_data(environment), f"“{environment}”: {facts or 'nothing to change'}.")

    def disable(self, options: Options) -> Output:
        return self._set_enabled(options, enabled=False)

    def enable(self, options: Options) -> Output:
        return self._set_enabled(options, enabled=True)

    def remove(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        environment = services.get_environment(options["name"], user=actor)
        told = _environment_data(environment)
        waiting = services.remove_environment(actor=actor, environment=environment, reason=options["reason"])
        if waiting:
            return _waiting(environment, waiting)
        return Output(told, f"Removed the environment “{environment}”.")

    def confirm(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        environment = services.get_environment(options["name"], user=actor)
        request = confirm(actor=actor, environment=environment)
        return Output(_asked(request), f"Confirmed for “{environment}”: {request.in_words}.")

    def decline(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        environment = services.get_environment(options["name"], user=actor)
        request = decline(actor=actor, environment=environment)
        return Output(_asked(request), f"Declined for “{environment}”: {request.in_words}. Nothing is changed.")

    def credentials(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        environment = services.get_environment(options["name"], user=actor)
        services.update_credentials(
            actor=actor, environment=environment, sign_in=_read_sign_in(options), check=options["check"]
        )
        return Output(_environment_data(environment), f"Stored the new credentials of “{environment}”.")

    def _set_enabled(self, options: Options, *, enabled: bool) -> Output:
        actor = acting_user(username=options["actor"])
        environment = services.get_environment(options["name"], user=actor)
        changed = services.set_enabled(actor=actor, environment=environment, enabled=enabled)
        state = "enabled" if enabled else "disabled"
        return Output(_environment_data(environment), f"“{environment}” is {'now' if changed else 'already'} {state}.")


def _add_reason(parser: Any) -> None:
    parser.add_argument("--reason", default="", help="why, for whoever confirms it, if it lowers the protection")


def _asked(request: ProtectionRequest) -> dict[str, Any]:
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
    step = f"They confirm it with `manage.py environment confirm {environment} --as NAME`."
    return Output(_asked(request), f"{waiting_sentence(request)} {step}", exit_code=PENDING)


def _add_approvals(parser: Any, *, default: Any) -> None:
    parser.add_argument(
        "--approvals",
        dest="approvals_needed",
        metavar="N",
        type=int,
        default=default,
        help="how many people have to approve a change, where it is protected (1 unless it is set)",
    )


def _add_account(parser: Any, *, username: str | None, provider: str | None) -> None:
    """What the account is if the options do not tell; in an edit, what it was."""
    parser.add_argument("--username", default=username, help="account in that Superset")
    parser.add_argument(
        "--provider",
        choices=[Provider.DB.value, Provider.LDAP.value],
        default=provider,
        help=f"who checks the password there: its own database or its directory (default: {provider or 'as it is'})",
    )
    add_password_options(parser, token=True)


def _add_sign_in(parser: Any) -> None:
    _add_account(parser, username="", provider=Provider.DB.value)
    parser.add_argument("--no-check", dest="check", action="store_false", help="store without asking the server")
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
