# [DEF:users.sso.views:Module]
# @COMPLEXITY: 3
# @PURPOSE: Signing in and out through the provider. Whatever goes wrong ends on a page that says what, never in a
#   fault.
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
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_GET
from mozilla_django_oidc.views import OIDCAuthenticationCallbackView, OIDCAuthenticationRequestView, OIDCLogoutView

from apps.core.errors import LockstepError
from apps.users.models import SsoSession
from apps.users.services.sessions import UNTIL
from apps.users.sso.backend import ID_TOKEN, SESSION_ID, library_setting, on_record
from apps.users.sso.provider import SsoRefused, SsoUnavailable, provider

logger = logging.getLogger(__name__)

LONGEST_SID = 255
LONGEST_ERROR = 80

STATES = "oidc_states"
"""In the session: what the library remembers of sign-ins that were begun."""

NOT_OURS = "This sign-in was not begun here, or was used already."


class BeginView(OIDCAuthenticationRequestView):
    get_settings = staticmethod(library_setting)

    def __init__(self, **kwargs: Any) -> None:
        super(OIDCAuthenticationRequestView, self).__init__(**kwargs)  # past the library's: it asks the provider
        self.OIDC_RP_CLIENT_ID = settings.OIDC_RP_CLIENT_ID

    def get(self, request: HttpRequest) -> HttpResponse:
        try:
            self.OIDC_OP_AUTH_ENDPOINT = provider().endpoint("authorization_endpoint")
            answer: HttpResponse = super().get(request)
        except LockstepError as error:
            return failed(request, error)
        return answer


class CallbackView(OIDCAuthenticationCallbackView):
    get_settings = staticmethod(library_setting)

    def get(self, request: HttpRequest) -> HttpResponse:
        try:
            if error := request.GET.get("error"):
                return self.ended_there(request, error)
            answer: HttpResponse = super().get(request)
        except LockstepError as refused:
            return failed(request, refused)
        except SuspiciousOperation:
            return failed(request, SsoRefused(NOT_OURS))
        return answer

    def ended_there(self, request: HttpRequest, error: str) -> HttpResponse:
        """The library's own way ends the session by it, whoever has written the link."""
        states = request.session.get(STATES, {})
        if states.pop(request.GET.get("state"), None) is None:
            raise SsoRefused(NOT_OURS)
        request.session[STATES] = states
        told = "".join(filter(str.isprintable, error))[:LONGEST_ERROR]
        with on_record():
            raise SsoRefused(f"The provider says: {told}.")

    def login_failure(self) -> HttpResponse:
        return failed(self.request, SsoRefused("There was no sign-in to go on with: begin again."))

    def login_success(self) -> HttpResponse:
        answer: HttpResponse = super().login_success()
        session = self.request.session
        id_token = getattr(self.request, "sso_id_token", "")
        session[ID_TOKEN] = id_token
        session[UNTIL] = time.time() + settings.SSO_MAX_AGE
        session.pop("began", None)
        if is_session_name(sid := self.user.sso_sid):
            session[SESSION_ID] = sid
            session.save()
            SsoSession.objects.update_or_create(session_key=session.session_key, defaults={"sid": sid})
        return answer


class SignOutView(OIDCLogoutView):
    """POST: ends the session here, then that of the provider."""

    get_settings = staticmethod(library_setting)

    def post(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(sign_out(request))


@require_GET
@xframe_options_exempt
def signed_out_elsewhere(request: HttpRequest) -> HttpResponse:
    """The provider's word, in a frame of its sign-out page, that one of its sessions has ended. Our cookie does not
    come along to another site's frame, so the session is found by the name that the provider gave it."""
    sid, issuer = request.GET.get("sid", ""), request.GET.get("iss", "")
    if not is_session_name(sid) or (issuer and issuer != settings.SSO_ISSUER):
        return HttpResponse("No such session.", status=HTTPStatus.BAD_REQUEST, content_type="text/plain")
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for known in SsoSession.objects.filter(sid=sid):
        store(known.session_key).delete()
        known.delete()
    answer = HttpResponse("Signed out.", content_type="text/plain")
    answer["Cache-Control"] = "no-store"
    return answer


def is_session_name(sid: str) -> bool:
    """Of the provider's session; any other text cannot be stored, or would be found under another name."""
    return 0 < len(sid) <= LONGEST_SID and sid.isprintable()


def sign_out(request: HttpRequest) -> str:
    """End the session, and tell where to go: to the provider's own sign-out, if the session came from there."""
    id_token = request.session.get(ID_TOKEN)
    logout(request)
    home = request.build_absolute_uri(reverse(settings.LOGIN_URL))
    if not id_token:
        return home
    try:
        address = provider().endpoint("end_session_endpoint")
    except LockstepError:
        address = ""
    asked = {"id_token_hint": id_token, "post_logout_redirect_uri": home, "client_id": settings.OIDC_RP_CLIENT_ID}
    return f"{address}?{urlencode(asked)}" if address else home


def failed(request: HttpRequest, error: LockstepError) -> HttpResponse:
    """The page with what went wrong, what to do, and the way to a password."""
    logger.warning("sign-in by the provider failed: %s", error)
    status = HTTPStatus.SERVICE_UNAVAILABLE if isinstance(error, SsoUnavailable) else HTTPStatus.FORBIDDEN
    facts = {"sentence": str(error), "groups": error.context.get("groups"), "sign_in": reverse(settings.LOGIN_URL)}
    return render(request, "sso_failed.html", facts, status=status)
