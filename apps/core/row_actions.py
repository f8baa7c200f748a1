# [DEF:core.row_actions:Module]
# @COMPLEXITY: 2
# @PURPOSE: The values of a row action in the admin: its button, its confirmation, and its result.

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

from apps.core.policies import Verdict

Fields = Mapping[str, str]

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Text = str | _StrPromise
else:
    Text = str | Promise
"""As it is, or translated when it is shown."""


@dataclass(frozen=True, slots=True)
class Done:
    """The message after a row action, and the page to show next: that of the row, if none is given."""

    text: Text
    url: str = ""


@dataclass(frozen=True, slots=True)
class Input:
    """A field on the confirmation page of a row action."""

    name: str
    label: Text
    required: bool = False
    kind: str = "text"
    """text: several lines; line: one; check: a box to tick."""

    help: Text = ""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The question before a row action, and what it will do step by step. `fields` are sent back with the confirmation,
    together with what was entered into the `inputs`."""

    question: Text
    steps: Sequence[Text] = field(default_factory=list)
    fields: Fields = field(default_factory=dict)
    inputs: tuple[Input, ...] = ()
    cautions: Sequence[tuple[Text, Sequence[tuple[str, Iterable[str]]]]] = ()
    """What to know before answering, by heading: each sentence with the names that it is about."""

    aside: Text = ""
    """Additional information, such as a checksum."""


@dataclass(frozen=True, slots=True)
class RowAction:
    """An action on one row, offered as a button.

    `act` gets the user, the row and the fields of the confirmation. `fits` says whether to offer it for a row. With
    `confirm` a page asks first. Whether it is allowed is the verdict on its slug.
    """

    slug: str
    title: Text
    act: Callable[[Any, Any, Fields], Done]
    icon: str = "play_arrow"
    variant: str = "default"
    fits: Callable[[Any], bool] = lambda _: True
    confirm: Callable[[Any], Confirmation] | None = None


def refusal_of(verdicts: Mapping[str, Verdict], row_action: RowAction) -> str:
    """Why the action is not allowed; empty if it is."""
    found = verdicts.get(row_action.slug)
    return "" if found is None or found.allowed else found.reason
