# [DEF:users.management.commands.user:Module]
# @COMPLEXITY: 3
# @PURPOSE: `manage.py user`: accounts and the roles that they hold.
# @RELATION INHERITS_FROM -> core.management.base
# @RELATION CALLS -> users.services.accounts

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from apps.core.errors import NotThere
from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, Verbs, add_actor, add_onlooker
from apps.core.management.output import Output, table_output
from apps.core.management.passwords import add_password_options, read_password
from apps.users.access import EVERYWHERE, WHERE
from apps.users.models import User
from apps.users.policies import VIEW, require, require_password_settable
from apps.users.services import accounts, grants
from apps.users.services.actor import acting_user, looking_user

HEADERS = ("NAME", "E-MAIL", "ROLES", "STATE", "LAST SIGN-IN")


class Command(BaseCommand):
    help = "Accounts and their roles: list, add, grant, revoke, set-password, end-sessions."

    def add_verbs(self, verbs: Verbs) -> None:
        add_onlooker(verbs.add("list", self.list, "Show all of them."))
        add = _named(verbs.add("add", self.add, "Add an account, without a role."))
        add.add_argument("--email", default="")
        add.add_argument("--staff", action="store_true", help="the admin is open to them")
        add_password_options(add)
        for name, verb, summary in (
            ("grant", self.grant, "Give a role."),
            ("revoke", self.revoke, "Take a role back that a person gave."),
        ):
            parser = _named(verbs.add(name, verb, summary))
            parser.add_argument("role", help="short name of the role, such as operator")
            parser.add_argument("--where", default=EVERYWHERE, help=WHERE.replace("%", "%%"))
        add_password_options(_named(verbs.add("set-password", self.set_password, "Give a new one; sessions end.")))
        _named(verbs.add("end-sessions", self.end_sessions, "Sign out everywhere; tokens stay valid."))

    def list(self, options: Options) -> Output:
        require(looking_user(username=options["actor"]), VIEW)
        users = list(User.objects.prefetch_related("grants__role").order_by("username"))
        return table_output(list(map(_user_data, users)), HEADERS, list(map(_row, users)), empty="There is nobody yet.")

    def add(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        user = accounts.add_user(
            actor=actor,
            username=options["username"],
            email=options["email"],
            is_staff=options["staff"],
            password=read_password(options, confirm=True),
        )
        return Output(_user_data(user), f"“{user}” is added, without a role: give one with `manage.py user grant`.")

    def grant(self, options: Options) -> Output:
        actor, user = _both(options)
        role = grants.get_role(options["role"])
        given = grants.grant_role(actor=actor, user=user, role=role, where=options["where"])
        return Output(_user_data(user), f"“{user}” has the role “{given}”.")

    def revoke(self, options: Options) -> Output:
        actor, user = _both(options)
        role = grants.get_role(options["role"])
        grant = user.grants.filter(role=role, where=options["where"]).order_by("group").first()
        if grant is None:
            raise NotThere(f"“{user}” does not hold “{role}” there: see `manage.py user list`.")
        told = f"“{user}” no longer has the role “{grant}”."
        grants.revoke_role(actor=actor, grant=grant)
        return Output(_user_data(user), told)

    def set_password(self, options: Options) -> Output:
        actor, user = _both(options)
        require_password_settable(actor, user)
        accounts.set_password(actor=actor, user=user, password=read_password(options, confirm=True))
        return Output(_user_data(user), f"The password of “{user}” is changed; all sessions of the account have ended.")

    def end_sessions(self, options: Options) -> Output:
        actor, user = _both(options)
        accounts.end_sessions(actor=actor, user=user)
        return Output(_user_data(user), f"“{user}” is signed out everywhere.")


def _named(parser: CommandParser) -> CommandParser:
    parser.add_argument("username")
    add_actor(parser)
    return parser


def _both(options: Options) -> tuple[User, User]:
    """Who acts, and on whom."""
    return acting_user(username=options["actor"]), accounts.get_user(options["username"])


def _user_data(user: User) -> dict[str, Any]:
    roles = [{"role": grant.role.slug, "where": grant.where, "group": grant.group} for grant in user.grants.all()]
    last = user.last_login.isoformat() if user.last_login else None
    return {**accounts.facts_of(user), "roles": roles, "last_login": last}


def _row(user: User) -> tuple[str, ...]:
    roles = "superuser" if user.is_superuser else ", ".join(map(str, user.grants.all())) or "-"
    last = f"{user.last_login:%Y-%m-%d %H:%M}" if user.last_login else "-"
    return user.username, user.email or "-", roles, "active" if user.is_active else "inactive", last
