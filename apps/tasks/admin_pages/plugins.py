# [DEF:tasks.admin_pages.plugins:Module]
# @COMPLEXITY: 3
# @PURPOSE: The page of a plugin, with a form to run each of its actions.
# @RELATION INHERITS_FROM -> plugins.admin
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> core.admin

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from apps.core.admin import address
from apps.core.errors import LockstepError
from apps.environments.models import Environment
from apps.plugins.admin import PluginRecordAdmin as PlainPluginRecordAdmin
from apps.plugins.base import Action
from apps.plugins.forms import ParamsForm
from apps.plugins.models import PluginRecord
from apps.plugins.policies import may_run, require_offered
from apps.plugins.registry import registry
from apps.tasks import messages as texts
from apps.tasks.services import start_task


class PlaceForm(forms.Form):
    """The environment of an action."""

    environment: forms.ModelChoiceField[Environment] = forms.ModelChoiceField(
        queryset=Environment.objects.none(), to_field_name="slug", required=False, widget=UnfoldAdminSelectWidget()
    )

    def __init__(self, user: Any, action: Action, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["environment"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Environment.objects.visible_to(user).filter(enabled=True).defer("secret")
        field.required = action.writes or action.needs_environment


@admin.register(PluginRecord)
class PluginRecordAdmin(PlainPluginRecordAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.run_view)
        return [path("<int:object_id>/run/<slug:action>/", view, name="plugins_pluginrecord_run"), *super().get_urls()]

    def shown(self, request: HttpRequest, row: PluginRecord) -> dict[str, Any]:
        found = registry().plugins.get(row.slug)
        verdicts = may_run(request.user, row)  # type: ignore[arg-type]
        actions = [
            {
                "action": action,
                "url": reverse("admin:plugins_pluginrecord_run", args=[row.pk, action.slug]),
                "refusal": verdicts[action.slug].reason,
            }
            for action in (found.actions if found else ())
        ]
        return super().shown(request, row) | {"actions": actions}

    def run_view(self, request: HttpRequest, object_id: int, action: str) -> HttpResponse:
        """A form with the parameters of the action; it starts a task and goes to its page."""
        row = self.get_object(request, str(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(object_id))
        try:
            chosen = require_offered(request.user, row.slug, action)  # type: ignore[arg-type]
        except LockstepError as refused:
            messages.error(request, str(refused))
            return HttpResponseRedirect(address(row))
        given = request.POST if request.method == "POST" else None
        place, params = PlaceForm(request.user, chosen, given), ParamsForm(chosen.params, given, prefix="params")
        valid = place.is_valid() & params.is_valid()  # both, so that each shows its errors
        if valid and (started := self._start(request, row, action, place, params)):
            return started
        context = {
            "original": row,
            "forms": [place, params],
            "submit": _("Run"),
            "icon": "play_arrow",
            "back": address(row),
        }
        return self.page(request, "admin/form.html", str(chosen.title), context)

    def _start(
        self, request: HttpRequest, row: PluginRecord, action: str, place: PlaceForm, params: ParamsForm
    ) -> HttpResponse | None:
        try:
            task = start_task(
                actor=request.user,  # type: ignore[arg-type]
                plugin=row.slug,
                action=action,
                params=params.given,
                environment=place.cleaned_data["environment"],
            )
        except LockstepError as refused:
            place.add_error(None, str(refused))
        except ValidationError as error:
            params.add_error(None, error)
        else:
            messages.success(request, texts.QUEUED.format(number=task.pk))
            return HttpResponseRedirect(address(task))
        return None
