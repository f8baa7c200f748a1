# [DEF:users.management.commands.token:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep token`: API tokens for scripts.
# @RELATION INHERITS_FROM -> core.management.base
# @RELATION CALLS -> users.services.tokens

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from apps.core.errors import NotThere
from apps.core.management.arguments import whole_number
from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, Verbs, add_actor, add_onlooker
from apps.core.management.dry_run import add_yes, carried_out, would
from apps.core.management.lists import add_limit, add_search, add_state, equal, page_of, page_output, with_words
from apps.core.management.output import Output
from apps.core.management.program import program
from apps.users import messages
from apps.users.management.options import add_by, by
from apps.users.models import ApiToken, TokenScope, TokenState
from apps.users.services import tokens
from apps.users.services.actor import acting_user, looking_user

HEADERS = ("NUMBER", "NAME", "OF", "SCOPE", "WHERE", "STATE", "EXPIRES", "LAST USED")


class Command(BaseCommand):
    help = _("API tokens for scripts: list, create, revoke.")

    def add_verbs(self, verbs: Verbs) -> None:
        _add_filters(verbs.add("list", self.list, _("List tokens, without their text.")))
        create = verbs.add("create", self.create, _("Create a token and print it. It is shown only once."))
        create.add_argument("name", metavar="NAME", help=_("what the token is for"))
        create.add_argument(
            "--scope", choices=TokenScope.values, default=TokenScope.READ.value, help=_("default: read")
        )
        create.add_argument(
            "--where",
            metavar="WHERE",
            action="append",
            default=[],
            help=_("{where}; repeat for more (default: all)").format(where=messages.WHERE),
        )
        create.add_argument(
            "--days",
            type=whole_number(1, tokens.LONGEST),
            default=90,
            metavar="1-365",
            help=_("days until it expires (default: 90)"),
        )
        add_actor(create)
        revoke = verbs.add("revoke", self.revoke, _("Revoke a token."))
        revoke.add_argument("number", type=whole_number(1), metavar="NUMBER", help=_("number of the token in the list"))
        add_yes(revoke)
        add_actor(revoke)

    def list(self, options: Options) -> Output:
        seen = tokens.visible_tokens(looking_user(username=options["actor"])).select_related("user")
        wanted = equal({"scope": options["scope"]}) & by("user", options) & with_words(options["search"], "name")
        states = options["state"]
        found = [token for token in seen.filter(wanted) if not states or token.state in states]
        page = page_of(found, options)
        return page_output(page, options, HEADERS, data=_token_data, cells=_row, empty=_("No tokens."))

    def create(self, options: Options) -> Output:
        user = acting_user(username=options["actor"])
        fields = {name: options[name] for name in ("name", "scope", "where", "days")}
        token, text = tokens.create_token(user=user, **fields)
        return Output({**_token_data(token), "token": text}, text)

    def revoke(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        token = tokens.visible_tokens(actor).filter(pk=options["number"]).first()
        if token is None:
            raise NotThere(
                _("There is no token {number}. See `{program} token list`.").format(
                    number=options["number"], program=program()
                )
            )
        facts = _token_data(token)
        carried_out(lambda: tokens.revoke_token(actor=actor, token=token), really=options["yes"])
        if not options["yes"]:
            used = f"{token.last_used:%Y-%m-%d %H:%M} UTC" if token.last_used else _("never")
            text = _("Would revoke the token “{token}” of {user}, last used: {used}. This cannot be undone.")
            return would(facts, text.format(token=token, user=token.user, used=used))
        return Output(_token_data(token), messages.TOKEN_REVOKED.format(token=token))


def _add_filters(parser: CommandParser) -> None:
    add_state(parser, TokenState.values)
    parser.add_argument("--scope", choices=TokenScope.values, help=_("only those with this scope"))
    add_by(parser, _("created"))
    add_search(parser, _("name"))
    add_limit(parser)
    add_onlooker(parser)


def _token_data(token: ApiToken) -> dict[str, Any]:
    return {
        "id": token.pk,
        "name": token.name,
        "user": token.user.username,
        "scope": str(token.scope),
        "where": token.where,
        "state": str(token.state),
        "expires": token.expires.isoformat(),
        "last_used": token.last_used.isoformat() if token.last_used else None,
    }


def _row(token: ApiToken) -> tuple[str, ...]:
    used = f"{token.last_used:%Y-%m-%d %H:%M}" if token.last_used else "-"
    where = ", ".join(token.where) or _("everywhere")
    facts = (str(token.pk), str(token), token.user.username, str(token.scope), where, str(token.state))
    return (*facts, f"{token.expires:%Y-%m-%d}", used)
