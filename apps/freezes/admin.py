# [DEF:freezes.admin:Module]
# @COMPLEXITY: 3
# @PURPOSE: Freeze windows: list, add, edit.
# @RELATION INHERITS_FROM -> core.service_forms
# @RELATION CALLS -> freezes.services
# @RELATION DEPENDS_ON -> environments.models

from __future__ import annotations

from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSplitDateTimeWidget

from apps.core.admin import display
from apps.core.service_forms import ServiceForm, WithServiceForm
from apps.environments.models import Environment
from apps.freezes.models import ONCE, FreezeWindow, validate_time_zone
from apps.freezes.policies import EDIT, allowed_actions
from apps.freezes.recurrence import beginning, ending
from apps.freezes.services import add_freeze, edit_freeze, remove_freeze

FIELDS = (
    *("reason", "environment", "tier", "time_zone", "starts", "ends"),
    *("from_day", "from_time", "until_day", "until_time"),
)


class FreezeForm(ServiceForm):
    """Times are local to the time zone of the window."""

    class Meta:
        model = FreezeWindow
        fields = FIELDS
        help_texts: ClassVar = {
            "reason": _("shown to people who have to wait"),
            "environment": _("leave empty to freeze a whole tier"),
            "tier": _("leave both empty to freeze all environments"),
            "time_zone": _("time zone of the times below, such as Europe/Berlin"),
        }
        field_classes: ClassVar = dict.fromkeys(ONCE, forms.SplitDateTimeField)
        widgets: ClassVar = dict.fromkeys(ONCE, UnfoldAdminSplitDateTimeWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place = self.fields.get("environment")  # absent where the user may only view
        if isinstance(place, forms.ModelChoiceField):
            place.queryset = Environment.objects.visible_to(self.actor)
        for name in ONCE:
            if moment := getattr(self.instance, name):
                self.initial[name] = moment.astimezone(self.instance.zone).replace(tzinfo=None)

    def clean_time_zone(self) -> str:
        name: str = self.cleaned_data["time_zone"]
        validate_time_zone(name)
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name, moment in (("starts", beginning), ("ends", ending)):
            if "time_zone" in cleaned and cleaned.get(name):
                cleaned[name] = moment(cleaned[name].replace(tzinfo=None), ZoneInfo(cleaned["time_zone"]))
        return cleaned

    def store(self) -> FreezeWindow:
        if self.instance.pk is None:
            return add_freeze(actor=self.actor, **self.given(*FIELDS))
        return edit_freeze(actor=self.actor, window=self.stored(), **self.given(*FIELDS))


@admin.register(FreezeWindow)
class FreezeWindowAdmin(WithServiceForm):
    change_permission = EDIT
    form = FreezeForm
    empty_text = _("No freeze windows yet.")
    empty_links = ((_("Add a freeze window"), "freezes_freezewindow_add"),)
    list_display = ("reason", "shown_where", "shown_when", "shown_state", "created_by")
    list_filter = ("tier",)
    search_fields = ("reason",)
    list_select_related = ("environment", "created_by")
    fieldsets = (
        (None, {"fields": ("reason", "environment", "tier", "time_zone")}),
        (_("Once"), {"fields": ONCE}),
        (_("Every week"), {"fields": ("from_day", "from_time", "until_day", "until_time")}),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj, "edit")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj, "remove")

    def _may(self, request: HttpRequest, obj: Any, what: str) -> bool:
        user: Any = request.user
        return super().has_change_permission(request) if obj is None else allowed_actions(user, obj)[what].allowed

    def delete_model(self, request: HttpRequest, obj: FreezeWindow) -> None:
        remove_freeze(actor=request.user, window=obj)  # type: ignore[arg-type]

    @display(description=_("Where"))
    def shown_where(self, row: FreezeWindow) -> str:
        return row.where

    @display(description=_("When"))
    def shown_when(self, row: FreezeWindow) -> str:
        return row.when

    @display(description=_("State"), label={"lasts": "warning", "to come": "info", "over": ""})
    def shown_state(self, row: FreezeWindow) -> str:
        return row.state(timezone.now())
