# [DEF:users.management.commands.sso:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep sso`: check single sign-on against the provider.
# @RELATION INHERITS_FROM -> core.management.base
# @RELATION DEPENDS_ON -> users.sso.provider

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from django.conf import settings
from django.utils.translation import gettext as _

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
"""Returns what it found; LockstepError if that is wrong."""


class Command(BaseCommand):
    help = _("Single sign-on: check.")

    def add_verbs(self, verbs: Verbs) -> None:
        add_onlooker(verbs.add("check", self.check_provider, _("Check the SSO configuration against the provider.")))

    def check_provider(self, options: Options) -> Output:
        require(looking_user(username=options["actor"]), VIEW)
        sso = provider()
        rows = [(name, *_result(check, sso)) for name, check in CHECKS.items()]
        data = [{"check": name, "ok": ok, "found": found} for name, ok, found in rows]
        shown = [(str(name), _("ok") if ok else _("failed"), found) for name, ok, found in rows]
        table = table_output(data, (_("CHECK"), _("RESULT"), _("FOUND")), shown, empty="")
        all_well = all(ok for _, ok, _ in rows)
        return Output(table.data, table.text, table.markdown, DONE if all_well else FAILED)


def _result(check: Check, sso: Provider) -> tuple[bool, str]:
    try:
        return True, check(sso)
    except LockstepError as error:
        return False, str(error)


def _description(sso: Provider) -> str:
    return _("{issuer} responds").format(issuer=sso.description()["issuer"])


def _keys(sso: Provider) -> str:
    keys = sso.keys()
    if not keys:
        raise LockstepError(_("The provider publishes no RSA or P-256 signing key."))
    without = _("without id")
    return ", ".join(f"{key['kty']} {key.get('kid', without)}" for key in keys)


def _clock(sso: Provider) -> str:
    date = sso.ask(sso.endpoint("jwks_uri")).headers.get("Date")
    if not date:
        return _("the provider sends no time")
    apart = abs((datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds())
    if apart > SKEW:
        text = _("The clocks differ by {apart} s; the limit is {limit} s. Synchronise this machine's clock with NTP.")
        raise LockstepError(text.format(apart=round(apart), limit=SKEW))
    return _("{apart} s apart").format(apart=round(apart))


def _pkce(sso: Provider) -> str:
    methods = sso.description().get("code_challenge_methods_supported")
    if isinstance(methods, list) and "S256" not in methods:
        raise LockstepError(_("The provider does not support PKCE with S256."))
    return "S256" if methods else _("the provider does not say; PKCE is used")


def _sign_out(sso: Provider) -> str:
    return sso.endpoint("end_session_endpoint") or _("none: signing out ends only the session here")


def _client(sso: Provider) -> str:  # noqa: ARG001
    if not settings.OIDC_RP_CLIENT_ID:
        raise LockstepError(_("LOCKSTEP_SSO_CLIENT_ID is not set."))
    secret = _("with a secret") if settings.OIDC_RP_CLIENT_SECRET else _("without a secret")
    return f"{settings.OIDC_RP_CLIENT_ID}, {secret}"


def _mappings(sso: Provider) -> str:  # noqa: ARG001
    groups = GroupMapping.objects.values("group").distinct().count()
    if not groups:
        raise LockstepError(_("No group is mapped to a role, so nobody can sign in. Map one in the admin."))
    return _("{count} mapped").format(count=groups)


CHECKS: dict[str, Check] = {
    "Description": _description,
    "Keys": _keys,
    "Clock": _clock,
    "PKCE": _pkce,
    "Sign-out": _sign_out,
    "Client": _client,
    "Groups": _mappings,
}
