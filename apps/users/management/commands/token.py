# [DEF:users.management.commands.token:Module]
# @COMPLEXITY: 3
# @PURPOSE: `manage.py token`: keys to the API for scripts.
# @RELATION INHERITS_FROM -> core.management.base
# @RELATION CALLS -> users.services.tokens

from __future__ import annotations

from typing import Any

from apps.core.errors import NotThere
from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, Verbs, add_actor, add_onlooker
from apps.core.management.output import Output, table_output
from apps.users.access import WHERE
from apps.users.models import ApiToken, TokenScope
from apps.users.services import tokens
from apps.users.services.actor import acting_user, looking_user

HEADERS = ("NUMBER", "NAME", "OF", "SCOPE", "WHERE", "STATE", "EXPIRES", "LAST USED")


class Command(BaseCommand):
    help = "Keys to the API for scripts: list, create, revoke."

    def add_verbs(self, verbs: Verbs) -> None:
        add_onlooker(verbs.add("list", self.list, "Show them, without their text."))
        create = verbs.add("create", self.create, "Make one and print its text, this once.")
        create.add_argument("name")
        create.add_argument("--scope", choices=TokenScope.values, default=TokenScope.READ.value, help="default: read")
        create.add_argument("--where", action="append", default=[], help=f"{WHERE}; again for more (default: all)")
        create.add_argument("--days", type=int, default=90, choices=range(1, tokens.LONGEST + 1), metavar="1-365")
        add_actor(create)
        revoke = verbs.add("revoke", self.revoke, "Have one be refused from now on.")
        revoke.add_argument("number", type=int)
        add_actor(revoke)

    def list(self, options: Options) -> Output:
        seen = tokens.visible_tokens(looking_user(username=options["actor"])).select_related("user")
        rows = list(seen)
        return table_output(list(map(_token_data, rows)), HEADERS, list(map(_row, rows)), empty="There is no token.")

    def create(self, options: Options) -> Output:
        user = acting_user(username=options["actor"])
        asked = {name: options[name] for name in ("name", "scope", "where", "days")}
        token, text = tokens.create_token(user=user, **asked)
        return Output({**_token_data(token), "token": text}, text)

    def revoke(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        token = tokens.visible_tokens(actor).filter(pk=options["number"]).first()
        if token is None:
            raise NotThere(f"There is no token {options['number']}: see `manage.py token list`.")
        tokens.revoke_token(actor=actor, token=token)
        return Output(_token_data(token), f"“{token}” is revoked.")


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
    where = ", ".join(token.where) or "everywhere"
    facts = (str(token.pk), str(token), token.user.username, str(token.scope), where, str(token.state))
    return (*facts, f"{token.expires:%Y-%m-%d}", used)
