# [DEF:users.management.commands.sso:Module]
# @COMPLEXITY: 3
# @PURPOSE: `manage.py sso`: what the provider says of itself, and whether that suffices.
# @RELATION INHERITS_FROM -> core.management.base
# @RELATION DEPENDS_ON -> users.sso.provider

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from django.conf import settings

from apps.core.errors import LockstepError
from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, Verbs, add_onlooker
from apps.core.management.output import DONE, FAILED, Output, table_output
from apps.users.models import GroupMapping
from apps.users.policies import VIEW, require
from apps.users.services.actor import looking_user
from apps.users.sso.provider import Provider, provider
from apps.users.sso.tokens import SKEW

Check = Callable[[Provider], str]
"""Tells what it found; LockstepError if that is wrong."""


class Command(BaseCommand):
    help = "Single sign-on: check."

    def add_verbs(self, verbs: Verbs) -> None:
        add_onlooker(verbs.add("check", self.check_provider, "Ask the provider for all that signing in takes."))

    def check_provider(self, options: Options) -> Output:
        require(looking_user(username=options["actor"]), VIEW)
        asked = provider()
        rows = [(name, *_result(check, asked)) for name, check in CHECKS.items()]
        data = [{"check": name, "ok": ok, "found": found} for name, ok, found in rows]
        shown = [(name, "ok" if ok else "wrong", found) for name, ok, found in rows]
        answer = table_output(data, ("Check", "Result", "Found"), shown, empty="")
        all_well = all(ok for _, ok, _ in rows)
        return Output(answer.data, answer.text, answer.markdown, DONE if all_well else FAILED)


def _result(check: Check, asked: Provider) -> tuple[bool, str]:
    try:
        return True, check(asked)
    except LockstepError as error:
        return False, str(error)


def _description(asked: Provider) -> str:
    return f"{asked.description()['issuer']} answers"


def _keys(asked: Provider) -> str:
    keys = asked.keys()
    if not keys:
        raise LockstepError("The provider publishes no RSA or P-256 key to sign with.")
    return ", ".join(f"{key['kty']} {key.get('kid', 'without id')}" for key in keys)


def _clock(asked: Provider) -> str:
    told = asked.ask(asked.endpoint("jwks_uri")).headers.get("Date")
    if not told:
        return "the provider tells no time"
    apart = abs((datetime.now(UTC) - parsedate_to_datetime(told)).total_seconds())
    if apart > SKEW:
        raise LockstepError(f"The clocks are {apart:.0f} s apart, {SKEW} are allowed: set this machine's by NTP.")
    return f"{apart:.0f} s apart"


def _pkce(asked: Provider) -> str:
    methods = asked.description().get("code_challenge_methods_supported")
    if isinstance(methods, list) and "S256" not in methods:
        raise LockstepError("The provider does not know PKCE with S256.")
    return "S256" if methods else "the provider does not say; it is sent"


def _sign_out(asked: Provider) -> str:
    return asked.endpoint("end_session_endpoint") or "none: signing out ends the session here only"


def _client(asked: Provider) -> str:  # noqa: ARG001
    if not settings.OIDC_RP_CLIENT_ID:
        raise LockstepError("LOCKSTEP_SSO_CLIENT_ID is not set.")
    secret = "with" if settings.OIDC_RP_CLIENT_SECRET else "without"
    return f"{settings.OIDC_RP_CLIENT_ID}, {secret} a secret"


def _mappings(asked: Provider) -> str:  # noqa: ARG001
    groups = GroupMapping.objects.values("group").distinct().count()
    if not groups:
        raise LockstepError("No group is mapped to a role: nobody can sign in. Map one in the admin.")
    return f"{groups} mapped"


CHECKS: dict[str, Check] = {
    "Description": _description,
    "Keys": _keys,
    "Clock": _clock,
    "PKCE": _pkce,
    "Sign-out": _sign_out,
    "Client": _client,
    "Groups": _mappings,
}
