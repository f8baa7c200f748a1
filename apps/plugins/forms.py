# [DEF:plugins.forms:Module]
# @COMPLEXITY: 2
# @PURPOSE: A form for what a plugin declares: one field for each of its dataclass, read by the same rules as JSON.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from apps.plugins import messages
from apps.plugins.management.cli_params import read_value
from apps.plugins.params import inner_schema, json_schema, parse

Schema = Mapping[str, Any]


class ParamsForm(forms.Form):
    """The parameters of an action. `given` is what was filled in, as JSON, when it is valid."""

    def __init__(self, declared: type[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.declared = declared
        schema = json_schema(declared)
        self.properties: dict[str, Schema] = schema["properties"]
        for name, described in self.properties.items():
            self.fields[name] = _field(name, described, required=name in schema["required"])

    @property
    def given(self) -> dict[str, Any]:
        values = {name: _value(described, self.cleaned_data[name]) for name, described in self.properties.items()}
        return {name: value for name, value in values.items() if value is not None}

    @classmethod
    def filled(cls, declared: type[Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """What `initial` takes, of what was given."""
        properties = json_schema(declared)["properties"]
        return {name: _shown(properties[name], value) for name, value in given.items() if name in properties}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                parse(self.declared, self.given)
            except ValidationError as error:
                self.add_error(None, error)
        return cleaned


class SettingsForm(ParamsForm):
    """The settings of a plugin. `given` has None for what is to be the default again; an empty secret stays as it is.

    What does not fit is refused when it is stored: only there the secrets are known.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.secrets:
            self.fields[name].required = False
            stored = messages.KEEP_STORED if self.initial.get(name) else ""
            parts = (self.fields[name].help_text, messages.STORED_ENCRYPTED, stored)
            self.fields[name].help_text = " ".join(filter(None, map(str, parts)))
        shown = {name: value for name, value in self.initial.items() if name not in self.secrets}
        self.initial = self.filled(self.declared, shown)

    @property
    def secrets(self) -> set[str]:
        return {name for name, described in self.properties.items() if inner_schema(described).get("writeOnly")}

    @property
    def given(self) -> dict[str, Any]:
        given = super().given
        return {name: given.get(name) for name in self.properties if name in given or name not in self.secrets}

    def clean(self) -> dict[str, Any]:
        return self.cleaned_data


def _field(name: str, described: Schema, *, required: bool) -> forms.Field:
    inner = inner_schema(described)
    common: dict[str, Any] = {
        "label": described.get("title") or name.replace("_", " ").capitalize(),
        "help_text": described.get("description", ""),
        "required": required,
        "initial": _shown(described, described.get("default")),
    }
    if inner.get("writeOnly"):
        widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
        return forms.CharField(widget=widget, strip=False, **common)
    if "enum" in inner:
        choices = [*([] if required else [("", "…")]), *((each, each) for each in inner["enum"])]
        return forms.ChoiceField(widget=UnfoldAdminSelectWidget(), choices=choices, **common)
    match inner["type"]:
        case "boolean":
            return forms.BooleanField(widget=UnfoldBooleanSwitchWidget(), **common | {"required": False})
        case "integer":
            return forms.IntegerField(widget=UnfoldAdminIntegerFieldWidget(), **common)
        case "number":
            return forms.FloatField(widget=UnfoldAdminIntegerFieldWidget(attrs={"step": "any"}), **common)
        case "array":
            common["help_text"] = f"{common['help_text']} {messages.ONE_PER_LINE}".strip()
            return forms.CharField(widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}), **common)
    return forms.CharField(widget=UnfoldAdminTextInputWidget(), strip=False, **common)


def _value(described: Schema, filled_in: Any) -> Any:
    """As JSON would have it; None for what was left empty."""
    inner = inner_schema(described)
    if filled_in in {None, ""}:
        return None
    if inner["type"] != "array":
        return filled_in
    lines = [line.strip() for line in filled_in.splitlines()]
    return [read_value(inner["items"], line) for line in lines if line]


def _shown(described: Schema, value: Any) -> Any:
    """How a JSON value is filled in."""
    return "\n".join(map(str, value)) if inner_schema(described).get("type") == "array" and value else value
