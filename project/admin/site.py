# [DEF:project.admin.site:Module]
# @COMPLEXITY: 3
# @PURPOSE: The admin site: sign-in, sign-out, passwords, and who may enter.
# @RELATION DEPENDS_ON -> core.errors
# @RELATION CALLS -> users.services.sign_in
# @RELATION DEPENDS_ON -> superset.errors
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from unfold.forms import AdminOwnPasswordChangeForm, AuthenticationForm
from unfold.sites import UnfoldAdminSite

from apps.core.errors import LockstepError, worded
from apps.superset.errors import SupersetError
from apps.users.models import SsoIdentity
from apps.users.permissions import known
from apps.users.services.sign_in import (
    authenticated_user,
    password_changed,
    require_other_password,
    require_own_password,
)
from apps.users.sso.backend import ID_TOKEN
from apps.users.sso.views import sign_out
from project import messages as texts
from project.admin.doctor import doctor_page
from project.admin.names import translate_names

View = Callable[..., Any]


def no_access(user: Any) -> str:
    """Why somebody who is signed in sees nothing of the admin, and whom to ask."""
    from_directory = SsoIdentity.objects.filter(user=user).exists()
    step = texts.ASK_FOR_GROUP if from_directory else texts.ASK_FOR_STAFF
    return texts.SIGNED_IN_WITHOUT_ACCESS.format(user=user, next_step=step)


def _is_closed(request: HttpRequest) -> bool:
    """Whether a password change is due, and this is another page."""
    due = getattr(request.user, "password_change_due", False)
    return due and request.path not in {reverse("admin:password_change"), reverse("admin:jsi18n")}


class SignInForm(AuthenticationForm):
    """The same sign-in as in the API: throttled and recorded."""

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("username") and given.get("password"):
            try:
                self.user_cache = authenticated_user(request=self.request, admit=self.confirm_login_allowed, **given)
            except LockstepError as refused:
                raise ValidationError(str(refused)) from None
        return given

    def confirm_login_allowed(self, user: Any) -> None:
        """Whoever knows the password is signed in. Who may not enter the admin is told so on a page of its own."""


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

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean()
        old, new = (given.get(name) or "" for name in ("old_password", "new_password1"))
        try:
            require_other_password(user=self.user, old=old, new=new)
        except ValidationError as same:
            self.add_error("new_password1", same.messages)
        return given

    def save(self, commit: bool = True) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        with transaction.atomic():
            user = super().save(commit)
            password_changed(actor=user, user=user)
        return user


class LockstepSite(UnfoldAdminSite):
    """Open to staff; their roles decide what each page shows and offers."""

    login_form = SignInForm
    index_title: Any = texts.OVERVIEW
    enable_nav_sidebar = True

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register only our own pages: those of libraries would change rows without our services."""
        if admin_class and admin_class.__module__.startswith("apps."):
            super().register(model_or_iterable, admin_class, **options)
            for model in [model_or_iterable] if isinstance(model_or_iterable, type) else model_or_iterable:
                translate_names(model)

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    def get_urls(self) -> list[Any]:
        mine = path("my-sign-in/", self.admin_view(self.my_sign_in), name="my_sign_in")
        doctor = path("doctor/", self.admin_view(self.doctor), name="doctor")
        open_to_all = path("logout/", self.logout, name="logout")  # Django's own is closed to who may not enter
        return [mine, doctor, open_to_all, *super().get_urls()]

    def my_sign_in(self, request: HttpRequest) -> HttpResponse:
        """The claims of your last sign-in, which show what groups can be mapped, and your permissions."""
        user: Any = request.user
        identity = SsoIdentity.objects.filter(user=user).first()
        claims = sorted(identity.claims.items()) if identity else []
        meanings = known()
        permissions = [{**each, "meaning": meanings.get(each["what"], "")} for each in user.access.permissions_data()]
        shown = {"title": _("My sign-in"), "identity": identity, "claims": claims, "permissions": permissions}
        return TemplateResponse(request, "admin/my_sign_in.html", {**self.each_context(request), **shown})

    def doctor(self, request: HttpRequest) -> HttpResponse:
        return doctor_page(request, {**self.each_context(request), "title": texts.DOCTOR})

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """One page for both sign-in methods, and for whoever is signed in but may not enter."""
        if request.method == "GET" and request.user.is_authenticated and not self.has_permission(request):
            shown = {**self.each_context(request), "title": texts.NO_ACCESS, "explanation": no_access(request.user)}
            return TemplateResponse(request, "admin/no_access.html", shown, status=HTTPStatus.FORBIDDEN)
        sso = {"sso_label": settings.SSO_LABEL, "sso_next": request.GET.get("next", "")} if settings.SSO_ISSUER else {}
        response: HttpResponse = super().login(request, {**sso, **(extra_context or {})})
        asked = request.POST.get("next") or request.GET.get("next")
        if not asked and response.headers.get("Location") == settings.LOGIN_REDIRECT_URL:
            return HttpResponseRedirect(reverse("admin:index"))  # who signs in here wants to be here
        return response

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Also at the provider, if the session came from there."""
        if request.method == "POST" and request.session.get(ID_TOKEN):
            return HttpResponseRedirect(sign_out(request))
        response: HttpResponse = super().logout(request, extra_context)
        return response

    def admin_view(self, view: View, cacheable: bool = False) -> View:  # noqa: FBT001, FBT002 - Django's signature
        """An expected error that no page has caught becomes a message on the same page or the overview."""

        @wraps(view)
        def with_message(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if _is_closed(request):
                return HttpResponseRedirect(reverse("admin:password_change"))
            try:
                return view(request, *args, **kwargs)
            except (LockstepError, SupersetError) as error:
                home, posted = reverse("admin:index"), request.method == "POST"
                if request.path == home and not posted:
                    raise
                messages.error(request, worded(error))
                return HttpResponseRedirect(request.path if posted else home)

        return super().admin_view(with_message, cacheable)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The theme's own view does not accept another form."""
        view = PasswordChangeView.as_view(
            form_class=OwnPasswordForm,
            success_url=reverse("admin:password_change_done"),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return cast("HttpResponse", view(request))
