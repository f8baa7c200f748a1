# [DEF:core.service_forms:Module]
# @COMPLEXITY: 3
# @PURPOSE: Admin forms that store through services.
# @RELATION INHERITS_FROM -> core.admin
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse

from apps.core.admin import RowActionsAdmin
from apps.core.errors import LockstepError, worded


class ServiceForm(forms.ModelForm):
    """Stores as the last step of its validation, so that the form shows what a service refuses."""

    announced: ClassVar[tuple[type[Exception], ...]] = (LockstepError,)
    actor: Any = None
    """The user who fills it in; set by the page."""

    def store(self) -> models.Model:
        """Call the service. `self.instance` has the new values, the row in the database the old ones."""
        raise NotImplementedError

    def stored(self) -> Any:
        """The row as it is in the database."""
        return type(self.instance)._default_manager.get(pk=self.instance.pk)  # noqa: SLF001

    def given(self, *names: str) -> dict[str, Any]:
        """The values of these fields; a field that was not offered is left out."""
        return {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        try:
            self.instance = self.store()
        except ValidationError as refused:
            self.add_error(None, refused.messages)
        except self.announced as refused:
            self.add_error(None, worded(refused))


class WithServiceForm(RowActionsAdmin):
    """A page with a form that has stored everything once it is valid."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.actor = request.user
        return form

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        return form.instance

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The form has already stored it."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """There are no related rows."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        extra = {"show_save_and_continue": False, "show_save_and_add_another": False, **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, extra)
