# [DEF:core.management.spelling:Module]
# @COMPLEXITY: 2
# @PURPOSE: What somebody may have meant who misspelt a command, a verb or an option.

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from types import MappingProxyType
from typing import NoReturn

from apps.contracts.plain_text import name
from apps.core.management import messages


def meant(word: str, known: Iterable[str]) -> str:
    """The known word that is most like this one; empty if none is."""
    return next(iter(get_close_matches(word, list(known), n=1)), "")


def unknown(template: object, word: str, known: Iterable[str]) -> str:
    """`There is no verb “plna”. Did you mean “plan”?`"""
    sentence = str(template).format(word=name(word))
    suggestion = meant(word, known)
    return f"{sentence} {messages.DID_YOU_MEAN.format(word=suggestion)}" if suggestion else sentence


def parse(
    parser: argparse.ArgumentParser,
    words: Sequence[str],
    *,
    elsewhere: Mapping[str, object] = MappingProxyType({}),
    heard: Callable[[str], None] = lambda _sentence: None,
) -> argparse.Namespace:
    """Like `parse_args`, but a command alone prints its verbs, and a word that nothing knows is answered with the one
    that it may stand for. `elsewhere` says where to find what is not done at a terminal. `heard` gets the sentence
    about wrong usage, before the parser prints it and exits."""
    verbs = verbs_of(parser)
    for each in (parser, *verbs.values()):
        each.error = partial(_error, each, heard)  # type: ignore[method-assign]  # Django makes the parsers
    if verbs and not words:
        parser.print_help()
        parser.exit()
    if verbs and not words[0].startswith("-") and words[0] not in verbs:
        if words[0] in elsewhere:
            parser.error(f"{messages.NO_VERB.format(word=words[0])} {elsewhere[words[0]]}")
        parser.error(_no_verb(words[0], verbs))
    options, left = parser.parse_known_args(words)
    if left:
        used = verbs.get(words[0], parser) if words else parser
        used.error(_left_over(left[0], used))
    return options


def _error(parser: argparse.ArgumentParser, heard: Callable[[str], None], sentence: str) -> NoReturn:
    heard(sentence)
    type(parser).error(parser, sentence)
    raise AssertionError("argparse exits")


def _no_verb(word: str, verbs: Iterable[str]) -> str:
    """With the verb that is meant, or all of them."""
    sentence = unknown(messages.NO_VERB, word, verbs)
    return sentence if meant(word, verbs) else f"{sentence} {messages.VERBS.format(verbs=', '.join(verbs))}"


def verbs_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:  # noqa: SLF001 - argparse has no public way
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            return dict(action.choices)
    return {}


def _left_over(word: str, parser: argparse.ArgumentParser) -> str:
    if not word.startswith("-"):
        return messages.EXTRA_ARGUMENT.format(word=name(word))
    options = [each for action in parser._actions for each in action.option_strings]  # noqa: SLF001
    return unknown(messages.NO_OPTION, word.partition("=")[0], options)
