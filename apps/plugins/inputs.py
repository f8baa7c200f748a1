# [DEF:plugins.inputs:Module]
# @COMPLEXITY: 2
# @PURPOSE: Questions of an action and their answers. Part of the public contract.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from apps.core.sentences import shown, stored_form

SAID = "said"
"""In a stored question: the forms of its texts, for other languages."""

LONGEST = 10_000
"""Characters of one answer."""


def _(text: str) -> str:
    """Translated where Django is set up: the tests of a plugin do without."""
    return gettext(text) if settings.configured else text


class InputKind(StrEnum):
    TEXT = "text"
    SECRET = "secret"  # noqa: S105 - the name of a kind
    CHOICE = "choice"
    MAPPING = "mapping"  # a choice among the things of the target


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One choice: `value` is what the action gets, `label` what people see, `note` why it may be the right one."""

    value: str
    label: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputField:
    """One question. A choice and a mapping need `choices`, the most likely first.

    `suggested` is the value of the choice to propose. Without it no surface selects one: the first is then only the
    least unlikely.
    """

    name: str
    title: str
    kind: InputKind = InputKind.TEXT
    choices: tuple[Choice, ...] = ()
    help: str = ""
    required: bool = True
    suggested: str = ""

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("A question needs a name.")
        if (self.kind in {InputKind.CHOICE, InputKind.MAPPING}) != bool(self.choices):
            raise ValueError(f"The question “{self.name}” is a {self.kind}: only choices and mappings have choices.")
        if self.suggested and self.proposed is None:
            raise ValueError(
                f"The question “{self.name}” suggests “{self.suggested}”, which is not one of its choices."
            )

    @property
    def proposed(self) -> Choice | None:
        """The choice that every surface proposes, if any."""
        return next((choice for choice in self.choices if choice.value == self.suggested), None)

    def to_json(self) -> dict[str, Any]:
        """As it is stored: in English, with what it takes to ask in another language."""
        texts = {"title": str(self.title), "help": str(self.help)}
        said = {name: form for name in texts if (form := stored_form(getattr(self, name)))}
        rest = {"name": self.name, "required": self.required, "suggested": self.suggested}
        choices = [asdict(choice) for choice in self.choices]
        return {**rest, **texts, "kind": self.kind.value, "choices": choices, **({SAID: said} if said else {})}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> InputField:
        """As it is asked in the language at work."""
        choices = tuple(Choice(**choice) for choice in data["choices"])
        texts = {name: shown(data[name], form) for name, form in data.get(SAID, {}).items()}
        stored = {name: value for name, value in data.items() if name != SAID}
        return cls(**{**stored, **texts, "kind": InputKind(data["kind"]), "choices": choices})

    def read(self, given: str) -> str:
        """The value that was meant; a choice may be named by its value or its label. ValueError says what is wrong."""
        if len(given) > LONGEST:
            raise ValueError(_("This is longer than {count} characters.").format(count=LONGEST))
        if not given.strip():
            if self.required:
                raise ValueError(_("An answer is required."))
            return ""
        if not self.choices:
            return given if self.kind is InputKind.SECRET else given.strip()
        wanted = given.strip().casefold()
        for choice in self.choices:
            if wanted in {choice.value.casefold(), choice.label.casefold()}:
                return choice.value
        known = ", ".join(choice.label or choice.value for choice in self.choices)
        raise ValueError(_("“{given}” is not one of the choices: {known}.").format(given=given, known=known))


class InputRequired(Exception):
    """Raised by an action that cannot go on without an answer: the task waits for it, without a worker.

    When it is answered the action is run again and sees `context.answers` and `context.resumed_at`. An action that
    writes asks before its first write: while it waits it does not hold the lock of its environment.
    """

    def __init__(self, *fields: InputField, within: timedelta | None = None) -> None:
        names = [field.name for field in fields]
        if not names or len(set(names)) != len(names):
            raise ValueError("Ask at least one question, and each by a name of its own.")
        super().__init__(
            _("An answer is required: {questions}.").format(questions=", ".join(field.title for field in fields))
        )
        self.fields = fields
        self.within = within
        """How long it waits; None for the limit of the installation."""


def read_answers(fields: tuple[InputField, ...], given: Mapping[str, str]) -> dict[str, str]:
    """Name → value. ValidationError names each answer that is wrong, missing or to no question."""
    known = {field.name: field for field in fields}
    unknown = _("There is no such question. Questions: {known}.")
    errors = {name: unknown.format(known=", ".join(known)) for name in given if name not in known}
    answers: dict[str, str] = {}
    for name, field in known.items():
        try:
            answers[name] = field.read(given.get(name, ""))
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        raise ValidationError(errors)
    return answers
