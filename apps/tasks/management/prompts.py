# [DEF:tasks.management.prompts:Module]
# @COMPLEXITY: 2
# @PURPOSE: Asks the questions of a task at the terminal.

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterable

from apps.contracts.plain_text import one_line, plain
from apps.core.errors import LockstepError
from apps.core.management.colour import unwrapped
from apps.environments.management.progress import Stream
from apps.plugins.inputs import InputField, InputKind


def ask(questions: Iterable[InputField], stream: Stream, *, unanswered: object) -> dict[str, str]:
    """Each question until it has a valid answer. A choice may be given by its number; Enter takes the proposed one.

    `unanswered` is the sentence for the end of the input.
    """
    return {question.name: _answer(question, stream, unanswered) for question in questions}


def _answer(question: InputField, stream: Stream, unanswered: object) -> str:
    for number, choice in enumerate(question.choices, 1):
        note = f" ({choice.note})" if choice.note else ""
        stream.write(f"  {number}  {one_line(f'{choice.label or choice.value}{note}')}\n")
    if question.help:
        stream.write(f"{plain(question.help)}\n")
    while True:
        given = _read(question, stream, unanswered)
        try:
            return question.read(_by_number(question, given) or question.suggested)
        except ValueError as error:
            stream.write(f"{one_line(error)}\n")


def _read(question: InputField, stream: Stream, unanswered: object) -> str:
    """Asked on standard error: standard output is for the result of the command."""
    proposed = question.proposed
    default = f" [{one_line(proposed.label or proposed.value)}]" if proposed else ""
    prompt = f"{one_line(question.title)}{default}: "
    if question.kind is InputKind.SECRET:
        return getpass.getpass(prompt)
    terminal = unwrapped(stream)
    terminal.write(prompt)
    terminal.flush()
    given = sys.stdin.readline()
    if not given:
        raise LockstepError(str(unanswered).format(question=question.title))
    return given.rstrip("\r\n")


def _by_number(question: InputField, given: str) -> str:
    if given.strip().isdecimal() and 1 <= int(given) <= len(question.choices):
        return question.choices[int(given) - 1].value
    return given
