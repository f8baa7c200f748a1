# [DEF:core.admin:Module]
# @COMPLEXITY: 3
# @PURPOSE: The base of our admin pages: lists, forms, records, and the row actions offered on them.
# @RELATION DEPENDS_ON -> core.policies
"""Only row actions and forms change a row, both through services. The audit replaces Django's own change log."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar
from urllib.parse import quote as url_quote

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import quote, unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.core.admin_permissions import PermissionsAdmin, may, may_somewhere
from apps.core.errors import LockstepError, Refused, worded
from apps.core.policies import Verdict
from apps.core.row_actions import Confirmation, Done, Input, RowAction, Text, refusal_of

__all__ = [
    "Confirmation",
    "Done",
    "Input",
    "RecordAdmin",
    "RowAction",
    "RowActionsAdmin",
    "Text",
    "address",
    "display",
    "may",
    "may_somewhere",
]

HISTORY = "audit.view"

CONFIRMED = "confirmed"
"""The form field that confirms a row action."""


def address(row: models.Model, page: str = "change") -> str:
    """The page of a row in the admin."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=[quote(row.pk)])  # noqa: SLF001


class _Fields:
    """The fields of a row by name, quoted for an address."""

    def __init__(self, row: models.Model) -> None:
        self.row = row

    def __getitem__(self, name: str) -> str:
        return url_quote(str(getattr(self.row, name)), safe="")


class RowActionsAdmin(PermissionsAdmin):
    """Adds a bar of row actions to the page of a row."""

    row_actions: tuple[RowAction, ...] = ()
    announced: ClassVar[tuple[type[Exception], ...]] = (LockstepError,)
    """Exceptions whose text is shown to the user."""

    empty_text: Text = _("Nothing here yet.")
    empty_links: ClassVar[tuple[tuple[Text, str], ...]] = ()
    """The text of an empty list, with links to pages that add rows: title and URL name of each."""

    application_page = ""
    """Where the application shows a row, with the name of its field in braces; empty if nowhere."""

    actions: Any = None  # there are no bulk actions
    compressed_fields = True
    list_per_page = 50
    change_form_outer_before_template = "admin/row_actions.html"

    def get_urls(self) -> list[URLPattern]:
        names = f"{self.opts.app_label}_{self.opts.model_name}"
        row_actions = [
            path(
                f"<path:object_id>/{row_action.slug}/",
                self.admin_site.admin_view(partial(self.row_action_view, row_action=row_action)),
                name=f"{names}_{row_action.slug}",
            )
            for row_action in self.row_actions
        ]
        return [*row_actions, *super().get_urls()]

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """SQLite fails on a number that is too large for it, and Django passes on any number in the URL."""
        try:
            return super().get_changelist_instance(request)
        except OverflowError:
            raise IncorrectLookupParameters from None

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        offered = {"show_history": may(request.user, HISTORY), **(self._bar(request, row) if row else {})}
        return super().change_view(request, object_id, form_url, {**offered, **(extra_context or {})})

    def row_action_view(self, request: HttpRequest, object_id: str, *, row_action: RowAction) -> HttpResponse:
        """GET: ask for confirmation. POST: run the action."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        try:
            self._require_allowed(request, row, row_action)
            if request.method == "POST" and (not row_action.confirm or CONFIRMED in request.POST):
                done = row_action.act(request.user, row, request.POST)
                messages.success(request, str(done.text))
                return HttpResponseRedirect(done.url or self.after_row_action(row))
            if row_action.confirm:
                return self._confirmation_page(request, row, row_action, row_action.confirm(row))
        except self.announced as error:
            messages.error(request, worded(error))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return HttpResponseRedirect(self.after_row_action(row))

    def after_row_action(self, row: models.Model) -> str:
        """The row's page, or the list if the row is gone."""
        return address(row) if row.pk else reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def verdicts(self, user: Any, row: Any) -> dict[str, Verdict]:
        """Whether each row action is allowed now, by its slug. One without a verdict is allowed."""
        return {}

    def offered(self, request: HttpRequest, row: Any) -> list[dict[str, Any]]:
        """The row actions to offer, each with its URL and, if it is not allowed, the reason."""
        verdicts = self.verdicts(request.user, row)
        return [
            {
                "row_action": row_action,
                "url": address(row, row_action.slug),
                "asks": row_action.confirm is not None,
                "refusal": refusal_of(verdicts, row_action),
            }
            for row_action in self.row_actions
            if row_action.fits(row)
        ]

    def _bar(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        offered = self.offered(request, row)
        refusals = [f"{each['row_action'].title}: {each['refusal']}" for each in offered if each["refusal"]]
        return {
            "in_application": self.application_page.format_map(_Fields(row)),
            "offered_row_actions": offered,
            "refusals": refusals,
        }

    def _require_allowed(self, request: HttpRequest, row: Any, row_action: RowAction) -> None:
        if reason := refusal_of(self.verdicts(request.user, row), row_action):
            raise Refused(reason)

    def _confirmation_page(
        self, request: HttpRequest, row: models.Model, row_action: RowAction, confirmation: Confirmation
    ) -> HttpResponse:
        context = {
            "row_action": row_action,
            "confirmation": confirmation,
            "original": row,
            "back": address(row),
            "crumb": row_action.title,
        }
        return self.page(request, "admin/confirm.html", f"{row_action.title}: {row}", context)

    def page(self, request: HttpRequest, template: str, title: str, context: dict[str, Any]) -> TemplateResponse:
        """A page of our own in the layout of the admin."""
        return TemplateResponse(
            request,
            template,
            {**self.admin_site.each_context(request), "opts": self.opts, "title": title, "subtitle": None, **context},
        )

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The audit entries of the row."""
        if not may(request.user, HISTORY):
            raise PermissionDenied
        url = reverse("admin:audit_auditentry_changelist")
        return HttpResponseRedirect(f"{url}?object_type={self.opts.label_lower}&object_id={unquote(object_id)}")

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        """The services have recorded it."""

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        """The services have recorded it."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """The services have recorded it."""


class RecordAdmin(RowActionsAdmin):
    """Rows without a form: a list and a page for each row. Only row actions change it."""

    show_template = "admin/record.html"
    has_history = True
    """Whether the audit has entries about these rows."""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        context = {
            "original": row,
            "has_history": self.has_history and may(request.user, HISTORY),
            **self._bar(request, row),
            **self.shown(request, row),
        }
        return self.page(request, self.show_template, str(row), context)

    def shown(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """The context of the template. The default template expects `facts`, a list of (title, value)."""
        return {"facts": self.facts(row)}

    def facts(self, row: Any) -> Sequence[tuple[Any, Any]]:
        return []
