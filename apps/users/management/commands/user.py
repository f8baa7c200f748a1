# [DEF:users.management.commands.user:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep user`: accounts and their roles.
# @RELATION INHERITS_FROM -> core.management.base
# @RELATION CALLS -> users.services.accounts

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from apps.core.errors import NotThere
from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, Verbs, add_actor, add_onlooker
from apps.core.management.dry_run import add_yes, carried_out, would
from apps.core.management.lists import add_limit, add_search, add_state, page_of, page_output, with_words
from apps.core.management.output import Output
from apps.core.management.passwords import add_password_options, read_password
from apps.core.management.program import program
from apps.users import messages, places
from apps.users.access import EVERYWHERE
from apps.users.models import User
from apps.users.policies import VIEW, require, require_password_settable
from apps.users.services import accounts, grants
from apps.users.services.actor import acting_user, looking_user

ACTIVE, INACTIVE = STATES = ("active", "inactive")
EDITABLE = ("email", "is_staff")
HELP_WHERE = _("* for all environments (the default), tier:prod for one tier, or the name of one environment")
HEADERS = ("NAME", "E-MAIL", "ROLES", "STATE", "LAST SIGN-IN")


class Command(BaseCommand):
    help = _("Accounts and their roles: list, add, edit, grant, revoke, set-password, end-sessions.")

    def add_verbs(self, verbs: Verbs) -> None:
        listed = verbs.add("list", self.list, _("List accounts."))
        add_state(listed, STATES)
        listed.add_argument("--role", metavar="ROLE", help=_("only those with this role, by its short name"))
        add_search(listed, _("name or mail address"))
        add_limit(listed)
        add_onlooker(listed)
        add = _named(verbs.add("add", self.add, _("Add an account without roles.")))
        add.add_argument("--email", metavar="ADDRESS", default="", help=_("mail address"))
        add.add_argument("--staff", action="store_true", help=_("allow access to the admin"))
        add_password_options(add)
        _add_must_change(add)
        edit = _named(verbs.add("edit", self.edit, _("Change the mail address or the access to the admin.")))
        edit.add_argument("--email", metavar="ADDRESS", default=argparse.SUPPRESS, help=_("mail address"))
        edit.add_argument(
            "--staff",
            dest="is_staff",
            action=argparse.BooleanOptionalAction,
            default=argparse.SUPPRESS,
            help=_("allow access to the admin"),
        )
        for name, verb, summary in (
            ("grant", self.grant, _("Grant a role.")),
            ("revoke", self.revoke, _("Revoke a role that a person granted.")),
        ):
            parser = _named(verbs.add(name, verb, summary))
            parser.add_argument("role", metavar="ROLE", help=_("short name of the role, for example operator"))
            parser.add_argument("--where", metavar="WHERE", default=EVERYWHERE, help=HELP_WHERE)
            if name == "revoke":
                add_yes(parser)
        new = _named(verbs.add("set-password", self.set_password, _("Set a new password and end all sessions.")))
        add_password_options(new)
        _add_must_change(new)
        _named(verbs.add("end-sessions", self.end_sessions, _("Sign out everywhere; tokens stay valid.")))

    def list(self, options: Options) -> Output:
        require(looking_user(username=options["actor"]), VIEW)
        found = User.objects.prefetch_related("grants__role").order_by("username")
        found = found.filter(with_words(options["search"], "username", "email", "first_name", "last_name"))
        if options["role"]:
            found = found.filter(grants__role=grants.get_role(options["role"])).distinct()
        if len(set(options["state"])) == 1:
            found = found.filter(is_active=options["state"][0] == ACTIVE)
        page = page_of(found, options)
        return page_output(page, options, HEADERS, data=_user_data, cells=_row, empty=_("No accounts yet."))

    def add(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        user = accounts.add_user(
            actor=actor,
            username=options["username"],
            email=options["email"],
            is_staff=options["staff"],
            password=read_password(options, confirm=True),
            must_change_password=options["must_change_password"],
        )
        text = _("Added “{user}” without roles. Grant one with `{program} user grant {user} ROLE --where ENVIRONMENT`.")
        return Output(_user_data(user), f"{text.format(user=user, program=program())} {_staff_hint(user)}".rstrip())

    def edit(self, options: Options) -> Output:
        actor, user = _both(options)
        changes = {name: options[name] for name in EDITABLE if name in options}
        different = accounts.edit_user(actor=actor, user=user, **changes)
        if not different:
            return Output(_user_data(user), _("“{user}”: nothing to change.").format(user=user))
        text = _("“{user}” was changed.").format(user=user)
        return Output(_user_data(user), f"{text} {_staff_hint(user)}".rstrip())

    def grant(self, options: Options) -> Output:
        actor, user = _both(options)
        role = grants.get_role(options["role"])
        given = grants.grant_role(actor=actor, user=user, role=role, where=options["where"])
        return Output(_user_data(user), grants.granted(given))

    def revoke(self, options: Options) -> Output:
        actor, user = _both(options)
        role = grants.get_role(options["role"])
        grant = user.grants.filter(role=role, where=places.as_stored(options["where"])).order_by("group").first()
        if grant is None:
            text = _("“{user}” does not have the role “{role}” there. See `{program} user list`.")
            raise NotThere(text.format(user=user, role=role, program=program()))
        facts, text = _user_data(user), messages.REVOKED.format(user=user, role=grant)
        would_revoke = _("Would revoke the role “{role}” of “{user}”.").format(role=grant, user=user)
        carried_out(lambda: grants.revoke_role(actor=actor, grant=grant), really=options["yes"])
        if not options["yes"]:
            return would(facts, would_revoke)
        return Output(_user_data(user), text)

    def set_password(self, options: Options) -> Output:
        actor, user = _both(options)
        require_password_settable(actor, user)
        password, must_change = read_password(options, confirm=True), options["must_change_password"]
        accounts.set_password(actor=actor, user=user, password=password, must_change=must_change)
        text = _("Changed the password of “{user}”. All sessions of the account have ended.").format(user=user)
        return Output(_user_data(user), text)

    def end_sessions(self, options: Options) -> Output:
        actor, user = _both(options)
        accounts.end_sessions(actor=actor, user=user)
        return Output(_user_data(user), messages.SIGNED_OUT_EVERYWHERE.format(user=user))


def _named(parser: CommandParser) -> CommandParser:
    parser.add_argument("username", metavar="USERNAME", help=_("name of the account"))
    add_actor(parser)
    return parser


def _add_must_change(parser: CommandParser) -> None:
    parser.add_argument(
        "--must-change-password",
        action="store_true",
        help=_("the account has to choose another password before anything else"),
    )


def _staff_hint(user: User) -> str:
    """For whoever adds an approver who has to sign in to the admin."""
    if user.is_staff:
        return ""
    text = _("To change that: `{program} user edit {user} --staff`.").format(program=program(), user=user)
    return f"{messages.NOT_STAFF.format(user=user)} {text}"


def _both(options: Options) -> tuple[User, User]:
    """The user who acts, and the account that is changed."""
    return acting_user(username=options["actor"]), accounts.get_user(options["username"])


def _user_data(user: User) -> dict[str, Any]:
    roles = [{"role": grant.role.slug, "where": grant.where, "group": grant.group} for grant in user.grants.all()]
    last = user.last_login.isoformat() if user.last_login else None
    return {**accounts.facts_of(user), "roles": roles, "last_login": last}


def _row(user: User) -> tuple[str, ...]:
    roles = "superuser" if user.is_superuser else ", ".join(map(str, user.grants.all())) or "-"
    last = f"{user.last_login:%Y-%m-%d %H:%M}" if user.last_login else "-"
    return user.username, user.email or "-", roles, ACTIVE if user.is_active else INACTIVE, last
