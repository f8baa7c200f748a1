# [DEF:schedules.forms:Module]
# @COMPLEXITY: 3
# @PURPOSE: What is filled in for a schedule, beside the parameters of its action.
# @RELATION DEPENDS_ON -> plugins.registry

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from apps.plugins.registry import registry
from apps.schedules.models import Missed, Overlap

OVERLAPS = ((Overlap.SKIP.value, "leave it out"), (Overlap.QUEUE.value, "let it wait for the end"))
MISSEDS = ((Missed.RUN_ONCE.value, "run the last of them, late"), (Missed.SKIP.value, "leave all of them out"))


class ScheduleForm(forms.Form):
    name = forms.CharField(max_length=100, widget=UnfoldAdminTextInputWidget())
    cron = forms.CharField(
        label="When",
        max_length=100,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "30 2 * * MON-FRI"}),
        help_text="A cron expression: minute, hour, day of month, month, day of week.",
    )
    zone = forms.ChoiceField(
        label="Time zone", initial="UTC", widget=UnfoldAdminSelectWidget(), help_text="Whose clock that is."
    )
    overlap = forms.ChoiceField(
        label="If the run before it has not ended",
        choices=OVERLAPS,
        initial=Overlap.SKIP.value,
        widget=UnfoldAdminRadioSelectWidget(),
    )
    missed = forms.ChoiceField(
        label="What was due during an outage",
        choices=MISSEDS,
        initial=Missed.RUN_ONCE.value,
        widget=UnfoldAdminRadioSelectWidget(),
    )
    priority = forms.IntegerField(
        min_value=-1000,
        max_value=1000,
        initial=0,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text="The highest goes first.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = self.fields["zone"]
        assert isinstance(zone, forms.ChoiceField)
        zone.choices = [(name, name) for name in sorted(available_timezones())]


class WhatForm(forms.Form):
    """The first step: which action."""

    what = forms.ChoiceField(label="What it runs", widget=UnfoldAdminSelectWidget())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        what = self.fields["what"]
        assert isinstance(what, forms.ChoiceField)
        what.choices = [
            (f"{slug}.{action.slug}", f"{plugin.title}: {action.title}")
            for slug, plugin in sorted(registry().plugins.items())
            for action in plugin.actions
        ]
