# [DEF:schedules.forms:Module]
# @COMPLEXITY: 3
# @PURPOSE: The form of a schedule, without the parameters of its action.
# @RELATION DEPENDS_ON -> plugins.registry

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from apps.plugins.registry import registry
from apps.schedules.models import Missed, Overlap

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
