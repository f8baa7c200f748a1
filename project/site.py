# [DEF:project.site:Module]
# @COMPLEXITY: 3
# @PURPOSE: The admin site: who may enter it.
# @RELATION DEPENDS_ON -> users.policies
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> audit.services
# @RELATION DEPENDS_ON -> superset.errors
"""The admin site: who may enter it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.forms import AuthenticationForm
from unfold.sites import UnfoldAdminSite

from apps.audit.services import record
from apps.core.errors import LockstepError
from apps.superset.errors import SupersetError
from apps.users.policies import is_administrator
from apps.users.signing_in import authenticated_user
from apps.users.sso.backend import ID_TOKEN
from apps.users.sso.views import sign_out

View = Callable[..., Any]


class SignInForm(AuthenticationForm):
    """The same door as that of the API: slowed down, and told to the audit."""

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("username") and given.get("password"):
            try:
                self.user_cache = authenticated_user(request=self.request, **given)
            except LockstepError as refused:
                raise ValidationError(str(refused)) from None
            self.confirm_login_allowed(self.user_cache)
        return given


class LockstepSite(UnfoldAdminSite):
    """Until roles exist, administrators only."""

    login_form = SignInForm
    index_title = "Overview"
    enable_nav_sidebar = True

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only pages of our own: those that libraries bring along change rows without our services."""
        if admin_class and admin_class.__module__.startswith("apps."):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.is_staff) and is_administrator(user)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """One page for both ways to sign in."""
        sso = {"sso_label": settings.SSO_LABEL, "sso_next": request.GET.get("next", "")} if settings.SSO_ISSUER else {}
        answer: HttpResponse = super().login(request, {**sso, **(extra_context or {})})
        return answer

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """At the provider too, where the session came from there."""
        if request.session.get(ID_TOKEN):
            return HttpResponseRedirect(sign_out(request))
        answer: HttpResponse = super().logout(request, extra_context)
        return answer

    def admin_view(self, view: View, cacheable: bool = False) -> View:  # noqa: FBT001, FBT002 - Django's signature
        """An announced failure that no page has caught becomes a message: on the same page, or on the overview."""

        @wraps(view)
        def told(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            try:
                return view(request, *args, **kwargs)
            except (LockstepError, SupersetError) as announced:
                home, posted = reverse("admin:index"), request.method == "POST"
                if request.path == home and not posted:
                    raise
                messages.error(request, str(announced))
                return HttpResponseRedirect(request.path if posted else home)

        return super().admin_view(told, cacheable)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        answer: HttpResponse = super().password_change(request, extra_context)
        if request.method == "POST" and answer.status_code == HTTPStatus.FOUND:
            user: Any = request.user
            record(actor=user, action="user.change_password", target=user)
        return answer
