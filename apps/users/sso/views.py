# [DEF:users.sso.views:Module]
# @COMPLEXITY: 3
# @PURPOSE: Signing in and out through the provider. Every failure ends on a page that explains it.
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

import logging
import time
from http import HTTPStatus
from importlib import import_module
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import format_lazy
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_GET
from mozilla_django_oidc.views import OIDCAuthenticationCallbackView, OIDCAuthenticationRequestView, OIDCLogoutView

from apps.core.errors import LockstepError
from apps.users import messages
from apps.users.models import SsoSession
from apps.users.services.sessions import UNTIL
from apps.users.sso.backend import ID_TOKEN, SESSION_ID, library_setting, on_record
from apps.users.sso.provider import SsoRefused, SsoUnavailable, provider

logger = logging.getLogger(__name__)

LONGEST_SID = 255
LONGEST_ERROR = 80

STATES = "oidc_states"
"""Key of the session: what the library remembers of sign-ins that were started."""


class BeginView(OIDCAuthenticationRequestView):
    get_settings = staticmethod(library_setting)

    def __init__(self, **kwargs: Any) -> None:
        super(OIDCAuthenticationRequestView, self).__init__(**kwargs)  # past the library's: it asks the provider
        self.OIDC_RP_CLIENT_ID = settings.OIDC_RP_CLIENT_ID

    def get(self, request: HttpRequest) -> HttpResponse:
        try:
            self.OIDC_OP_AUTH_ENDPOINT = provider().endpoint("authorization_endpoint")
            response: HttpResponse = super().get(request)
        except LockstepError as error:
            return failed(request, error)
        return response


class CallbackView(OIDCAuthenticationCallbackView):
    get_settings = staticmethod(library_setting)

    def get(self, request: HttpRequest) -> HttpResponse:
        try:
            if error := request.GET.get("error"):
                return self.ended_at_provider(request, error)
            response: HttpResponse = super().get(request)
        except LockstepError as refused:
            return failed(request, refused)
        except SuspiciousOperation:
            return failed(request, SsoRefused(messages.SSO_NOT_OURS))
        return response

    def ended_at_provider(self, request: HttpRequest, error: str) -> HttpResponse:
        """The library would end the session here, no matter who wrote the link."""
        states = request.session.get(STATES, {})
        if states.pop(request.GET.get("state"), None) is None:
            raise SsoRefused(messages.SSO_NOT_OURS)
        request.session[STATES] = states
        shown = "".join(filter(str.isprintable, error))[:LONGEST_ERROR]
        with on_record():
            raise SsoRefused(format_lazy(messages.SSO_PROVIDER_ERROR, error=shown))

    def login_failure(self) -> HttpResponse:
        return failed(self.request, SsoRefused(messages.SSO_NOTHING_BEGUN))

    def login_success(self) -> HttpResponse:
        response: HttpResponse = super().login_success()
        session = self.request.session
        id_token = getattr(self.request, "sso_id_token", "")
        session[ID_TOKEN] = id_token
        session[UNTIL] = time.time() + settings.SSO_MAX_AGE
        session.pop("began", None)
        if is_session_name(sid := self.user.sso_sid):
            session[SESSION_ID] = sid
            session.save()
            SsoSession.objects.update_or_create(session_key=session.session_key, defaults={"sid": sid})
        return response


class SignOutView(OIDCLogoutView):
    """POST: end the session here, then at the provider."""

    get_settings = staticmethod(library_setting)

    def post(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(sign_out(request))


@require_GET
@xframe_options_exempt
def signed_out_elsewhere(request: HttpRequest) -> HttpResponse:
    """Called by the provider, in a frame of its sign-out page, when one of its sessions has ended. Browsers do not send
    our cookie from another site's frame, so the session is found by the name that the provider gave it."""
    sid, issuer = request.GET.get("sid", ""), request.GET.get("iss", "")
    if not is_session_name(sid) or (issuer and issuer != settings.SSO_ISSUER):
        return HttpResponse("No such session.", status=HTTPStatus.BAD_REQUEST, content_type="text/plain")
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for known in SsoSession.objects.filter(sid=sid):
        store(known.session_key).delete()
        known.delete()
    response = HttpResponse("Signed out.", content_type="text/plain")
    response["Cache-Control"] = "no-store"
    return response


def is_session_name(sid: str) -> bool:
    """Whether it can name the provider's session; other text cannot be stored, or would be stored differently."""
    return 0 < len(sid) <= LONGEST_SID and sid.isprintable()


def sign_out(request: HttpRequest) -> str:
    """End the session and return where to go: the provider's own sign-out, if the session came from there."""
    id_token = request.session.get(ID_TOKEN)
    logout(request)
    home = request.build_absolute_uri(reverse(settings.LOGIN_URL))
    if not id_token:
        return home
    try:
        address = provider().endpoint("end_session_endpoint")
    except LockstepError:
        address = ""
    query = {"id_token_hint": id_token, "post_logout_redirect_uri": home, "client_id": settings.OIDC_RP_CLIENT_ID}
    return f"{address}?{urlencode(query)}" if address else home


def failed(request: HttpRequest, error: LockstepError) -> HttpResponse:
    """The page that says what went wrong and what to do, with a link to the password form."""
    logger.warning("sign-in by the provider failed: %s", error)
    status = HTTPStatus.SERVICE_UNAVAILABLE if isinstance(error, SsoUnavailable) else HTTPStatus.FORBIDDEN
    facts = {"sentence": str(error), "groups": error.context.get("groups"), "sign_in": reverse(settings.LOGIN_URL)}
    return render(request, "sso_failed.html", facts, status=status)
