# [DEF:schedules.forms:Module]
# @COMPLEXITY: 3
# @PURPOSE: The forms of a schedule: when, where, and with what.
# @RELATION DEPENDS_ON -> plugins.registry
# @RELATION DEPENDS_ON -> tasks.admin_pages.plugins
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from apps.core.errors import LockstepError
from apps.plugins.base import Action
from apps.plugins.forms import ParamsForm
from apps.plugins.registry import registry
from apps.schedules import services
from apps.schedules.models import Missed, Overlap, Schedule
from apps.tasks.admin_pages.plugins import PlaceForm

OVERLAPS = ((Overlap.SKIP.value, _("skip it")), (Overlap.QUEUE.value, _("wait for it to end")))
MISSEDS = ((Missed.RUN_ONCE.value, _("run the last one, late")), (Missed.SKIP.value, _("skip all")))


class ScheduleForm(forms.Form):
    name = forms.CharField(max_length=100, widget=UnfoldAdminTextInputWidget())
    cron = forms.CharField(
        label=_("Cron expression"),
        max_length=100,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "30 2 * * MON-FRI"}),
        help_text=_("Minute, hour, day of month, month, day of week."),
    )
    zone = forms.ChoiceField(label=_("Time zone"), initial="UTC", widget=UnfoldAdminSelectWidget())
    overlap = forms.ChoiceField(
        label=_("If the previous run has not ended"),
        choices=OVERLAPS,
        initial=Overlap.SKIP.value,
        widget=UnfoldAdminRadioSelectWidget(),
    )
    missed = forms.ChoiceField(
        label=_("Runs missed during an outage"),
        choices=MISSEDS,
        initial=Missed.RUN_ONCE.value,
        widget=UnfoldAdminRadioSelectWidget(),
    )
    priority = forms.IntegerField(
        min_value=-1000,
        max_value=1000,
        initial=0,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text=_("Tasks with the highest priority run first."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = self.fields["zone"]
        assert isinstance(zone, forms.ChoiceField)
        zone.choices = [(name, name) for name in sorted(available_timezones())]


class WhatForm(forms.Form):
    """The first step: which action."""

    what = forms.ChoiceField(label=_("Action"), widget=UnfoldAdminSelectWidget())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        what = self.fields["what"]
        assert isinstance(what, forms.ChoiceField)
        what.choices = [
            (f"{slug}.{action.slug}", f"{plugin.title}: {action.title}")
            for slug, plugin in sorted(registry().plugins.items())
            for action in plugin.actions
        ]


class ScheduleForms:
    """The three forms of a schedule: when, where, and with what."""

    def __init__(self, request: HttpRequest, schedule: Schedule, action: Action) -> None:
        given = request.POST if request.method == "POST" else None
        known: dict[str, Any] = services.audit_facts(schedule) if schedule.pk else {}
        self._schedule = schedule
        self.when = ScheduleForm(given, initial=known)
        self.where = PlaceForm(request.user, action, given, initial=known)
        params = ParamsForm(action.params, given, prefix="params", initial=shown_params(action, known))
        self.forms: list[forms.Form] = [self.when, self.where, params]
        self._params = params

    def is_valid(self) -> bool:
        return all([form.is_valid() for form in self.forms])  # noqa: C419 - each must show its errors

    def stored(self, user: Any) -> Schedule | None:
        """None if it is refused; the forms then show why."""
        facts = {**self.when.cleaned_data, **self.where.cleaned_data, "params": self._params.given}
        schedule = self._schedule
        try:
            if schedule.pk:
                services.edit_schedule(actor=user, schedule=schedule, **facts)
                return schedule
            return services.create_schedule(actor=user, plugin=schedule.plugin, action=schedule.action, **facts)
        except LockstepError as refused:
            self.when.add_error(None, str(refused))
        except ValidationError as error:
            for name, errors in error.message_dict.items():
                form = next((form for form in self.forms if name.removeprefix("params.") in form.fields), self.when)
                field = name.removeprefix("params.")
                form.add_error(field if field in form.fields else None, errors)
        return None


def shown_params(action: Action, known: dict[str, Any]) -> dict[str, Any]:
    return ParamsForm.filled(action.params, known.get("params", {}))
