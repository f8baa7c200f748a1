# [DEF:users.management.commands.token:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep token`: API tokens for scripts.
# @RELATION INHERITS_FROM -> core.management.base
# @RELATION CALLS -> users.services.tokens

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from apps.core.errors import NotThere
from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, Verbs, add_actor, add_onlooker
from apps.core.management.output import Output, table_output
from apps.core.management.program import program
from apps.users import messages
from apps.users.models import ApiToken, TokenScope
from apps.users.services import tokens
from apps.users.services.actor import acting_user, looking_user

HEADERS = ("NUMBER", "NAME", "OF", "SCOPE", "WHERE", "STATE", "EXPIRES", "LAST USED")


class Command(BaseCommand):
    help = _("API tokens for scripts: list, create, revoke.")

    def add_verbs(self, verbs: Verbs) -> None:
        add_onlooker(verbs.add("list", self.list, _("List tokens, without their text.")))
        create = verbs.add("create", self.create, _("Create a token and print it. It is shown only once."))
        create.add_argument("name")
        create.add_argument(
            "--scope", choices=TokenScope.values, default=TokenScope.READ.value, help=_("default: read")
        )
        create.add_argument(
            "--where",
            action="append",
            default=[],
            help=_("{where}; repeat for more (default: all)").format(where=messages.WHERE),
        )
        create.add_argument(
            "--days",
            type=int,
            default=90,
            choices=range(1, tokens.LONGEST + 1),
            metavar="1-365",
            help=_("days until it expires (default: 90)"),
        )
        add_actor(create)
        revoke = verbs.add("revoke", self.revoke, _("Revoke a token."))
        revoke.add_argument("number", type=int)
        add_actor(revoke)

    def list(self, options: Options) -> Output:
        seen = tokens.visible_tokens(looking_user(username=options["actor"])).select_related("user")
        rows = list(seen)
        return table_output(list(map(_token_data, rows)), HEADERS, list(map(_row, rows)), empty=_("No tokens."))

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
        tokens.revoke_token(actor=actor, token=token)
        return Output(_token_data(token), messages.TOKEN_REVOKED.format(token=token))


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
