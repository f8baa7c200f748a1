# [DEF:project.admin.site:Module]
# @COMPLEXITY: 3
# @PURPOSE: The admin site: who may enter it.
# @RELATION DEPENDS_ON -> core.errors
# @RELATION CALLS -> users.services.sign_in
# @RELATION DEPENDS_ON -> superset.errors
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from unfold.forms import AdminOwnPasswordChangeForm, AuthenticationForm
from unfold.sites import UnfoldAdminSite

from apps.core.errors import LockstepError
from apps.superset.errors import SupersetError
from apps.users.models import SsoIdentity
from apps.users.permissions import known
from apps.users.services.sign_in import authenticated_user, password_changed, require_own_password
from apps.users.sso.backend import ID_TOKEN
from apps.users.sso.views import sign_out

View = Callable[..., Any]


class SignInForm(AuthenticationForm):
    """The same sign-in as that of the API: slowed down, and told to the audit."""

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("username") and given.get("password"):
            try:
                self.user_cache = authenticated_user(request=self.request, admit=self.confirm_login_allowed, **given)
            except LockstepError as refused:
                raise ValidationError(str(refused)) from None
        return given


class OwnPasswordForm(AdminOwnPasswordChangeForm):
    def clean_old_password(self) -> str:
        given: str = self.cleaned_data["old_password"]
        try:
            require_own_password(user=self.user, password=given)
        except ValidationError as wrong:
            raise ValidationError(wrong.messages) from None
        except LockstepError as refused:
            raise ValidationError(str(refused)) from None
        return given

    def save(self, commit: bool = True) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        with transaction.atomic():
            user = super().save(commit)
            password_changed(actor=user, user=user)
        return user


class LockstepSite(UnfoldAdminSite):
    """Staff may enter; what each page shows and offers follows their roles."""

    login_form = SignInForm
    index_title = "Overview"
    enable_nav_sidebar = True

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only pages of our own: those that libraries bring along change rows without our services."""
        if admin_class and admin_class.__module__.startswith("apps."):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    def get_urls(self) -> list[Any]:
        return [path("my-sign-in/", self.admin_view(self.my_sign_in), name="my_sign_in"), *super().get_urls()]

    def my_sign_in(self, request: HttpRequest) -> HttpResponse:
        """What one's own last sign-in told, which is what there is to map groups by; and what one may do."""
        user: Any = request.user
        identity = SsoIdentity.objects.filter(user=user).first()
        claims = sorted(identity.claims.items()) if identity else []
        told = known()
        permissions = [{**each, "meaning": told.get(each["what"], "")} for each in user.access.permissions_data()]
        shown = {"title": "My sign-in", "identity": identity, "claims": claims, "permissions": permissions}
        return TemplateResponse(request, "admin/my_sign_in.html", {**self.each_context(request), **shown})

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """One page for both ways to sign in."""
        sso = {"sso_label": settings.SSO_LABEL, "sso_next": request.GET.get("next", "")} if settings.SSO_ISSUER else {}
        answer: HttpResponse = super().login(request, {**sso, **(extra_context or {})})
        return answer

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """At the provider too, where the session came from there."""
        if request.method == "POST" and request.session.get(ID_TOKEN):
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
        """The theme's own takes no other form."""
        view = PasswordChangeView.as_view(
            form_class=OwnPasswordForm,
            success_url=reverse("admin:password_change_done"),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return cast("HttpResponse", view(request))
