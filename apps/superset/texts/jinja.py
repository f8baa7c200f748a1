# [DEF:superset.texts.jinja:Module]
# @COMPLEXITY: 2
# @PURPOSE: Ids of datasets in Superset's Jinja macros, found by jinja2's own lexer and parser.
"""Superset renders SQL, expressions and parameters in `SandboxedEnvironment(undefined=DebugUndefined)`: default
delimiters, no extension, no loader (6.1.0: jinja_context.py, BaseTemplateProcessor).

Of the macros in its JinjaTemplateProcessor.set_context, these depend on one server:

* `dataset(dataset_id, include_metrics=False, columns=None)`: DatasetDAO.find_by_id, so `5` and `'5'` alike;
* `metric(metric_key, dataset_id=None)`: without an id (or with 0, none, false) the dataset of the request's datasource,
  else `url_params.datasource_id`, `slice_id`, `url_params.slice_id` (get_dataset_id_from_context);
* `current_user_id()`: the id of a user on one server, which a template can only compare with: bound to the server.

The others use names: `current_username`, `current_user_email`, `current_user_roles`, `current_user_rls_rules`,
`url_param`, `filter_values`, `get_filters`, `get_time_filter`, `cache_key_wrapper`, and `presto`, `hive`, `trino`,
`spark` with `latest_partition(s)`, `first_latest_partition`, `latest_sub_partition` (names of tables).
"""

from __future__ import annotations

import re
import warnings
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from jinja2 import Environment, TemplateError, nodes
from jinja2.lexer import Token, TokenStream
from jinja2.parser import Parser

from apps.superset.assets import Kind
from apps.superset.texts.bindings import Bindings, every
from apps.superset.texts.spans import EXCERPT, NOTHING, Found, ServerBound, Span, Unresolved, Why, excerpt

ID_ARGUMENT = {"dataset": 0, "metric": 1}
"""The position of the dataset number in each macro's arguments; the keyword is `dataset_id` in both."""

MACROS = (*ID_ARGUMENT, "current_user_id")
CALL = re.compile(r"\b(?:dataset|metric)\s*\(")
DIGITS = re.compile(r"[0-9]+")
OPENING = {"lparen", "lbracket", "lbrace"}
CLOSING = {"rparen", "rbracket", "rbrace"}
ENVIRONMENT = Environment(autoescape=False)  # noqa: S701 - only parses, never renders


class Unreadable(Exception):
    """The lexer's tokens do not match the text."""


def find(text: str) -> Found:
    """Every dataset that a macro of the text names by a literal number, and what cannot be resolved with certainty."""
    if ("{{" not in text and "{%" not in text) or not any(name in text for name in MACROS):
        return NOTHING
    try:
        return _Finder(Source.of(text)).found()
    except (TemplateError, Unreadable, ValueError, RecursionError):  # ValueError: a number of thousands of digits
        call = CALL.search(text)
        return Found(unresolved=(Unresolved(excerpt(text[call.start() :]), Why.BROKEN),)) if call else NOTHING


@dataclass(frozen=True, slots=True)
class Source:
    """A text with its tokens; a token's `lineno` is its offset in the text, and so is that of every node."""

    text: str
    tokens: tuple[Token, ...]
    ends: Mapping[int, int]
    """Where the token that starts at an offset ends."""

    @classmethod
    def of(cls, text: str) -> Source:
        located = list(_located(text))
        with warnings.catch_warnings():  # a template may contain '\\d', which Python warns about
            warnings.simplefilter("ignore", DeprecationWarning)
            tokens = tuple(ENVIRONMENT.lexer.wrap((start, kind, value) for start, _, kind, value in located))
        return cls(text, tokens, {start: end for start, end, _, value in located if value})

    def parse(self) -> nodes.Template:
        parser = Parser(ENVIRONMENT, "")
        parser.stream = TokenStream(iter(self.tokens), None, None)
        return parser.parse()

    def place(self, start: int) -> int:
        """The index of the token that starts there."""
        return bisect_left(self.tokens, start, key=lambda token: token.lineno)

    def call(self, start: int, bracket: int) -> str:
        """A call as written, from the name of the macro to the closing bracket."""
        depth = 0
        for token in islice(self.tokens, self.place(bracket), None):
            depth += (token.type in OPENING) - (token.type in CLOSING)
            if depth == 0 or token.lineno - start > EXCERPT:
                return excerpt(self.text[start : self.ends[token.lineno]])
        return excerpt(self.text[start:])

    def number(self, literal: nodes.Const) -> tuple[int, int, int] | None:
        """The start, end and value of a whole number, bare or quoted; None for any other literal."""
        start, end = literal.lineno, self.ends[literal.lineno]
        place = self.place(start)
        token, following = self.tokens[place], self.tokens[place + 1]
        if token.type == "integer" and token.value == literal.value:
            return start, end, int(literal.value)
        if token.type == "string" and following.type != "string" and DIGITS.fullmatch(self.text, start + 1, end - 1):
            return start + 1, end - 1, int(token.value)
        return None


def _located(text: str) -> Iterator[tuple[int, int, str, str]]:
    """The lexer's raw tokens, each with its start and end in the text.

    The lexer converts newlines to `\\n`, drops the last one, and drops blanks before `{%-`. So each token is expected
    where the previous one ended, possibly after blanks.
    """
    plain, offset = _newlines(text)
    position = 0
    for _, kind, value in ENVIRONMENT.lexer.tokeniter(text, None):
        while not plain.startswith(value, position):
            if not plain[position : position + 1].isspace():
                raise Unreadable
            position += 1
        start, position = position, position + len(value)
        yield offset(start), offset(position), kind, value


def _newlines(text: str) -> tuple[str, Callable[[int], int]]:
    """The text as the lexer reads its newlines, and the offset in the text of an offset there."""
    pairs = [match.start() for match in re.finditer("\r\n", text)]
    shorter = [start - before for before, start in enumerate(pairs)]
    return text.replace("\r\n", "\n").replace("\r", "\n"), lambda place: place + bisect_left(shorter, place)


class _Finder:
    def __init__(self, source: Source) -> None:
        self._source = source
        template = source.parse()
        self._nodes = list(every(template))
        self._calls = [each for each in self._nodes if isinstance(each, nodes.Call) and _macro(each)]
        self._bindings = Bindings(template, [each for call in self._calls for each in _arguments(call)])
        self._spans: dict[int, Span] = {}
        self._unresolved: list[Unresolved] = []

    def found(self) -> Found:
        for call in self._calls:
            self._read(call)
        self._read_other_names()
        spans = tuple(self._spans[start] for start in sorted(self._spans))
        return Found(spans, tuple(dict.fromkeys(self._unresolved)), tuple(dict.fromkeys(self._server_bound())))

    def _read(self, call: nodes.Call) -> None:
        name = _macro(call)
        if self._bindings.written(name):
            return self._leave(call, Why.RENAMED)
        arguments = _arguments(call)
        if name == "metric" and _without_id(call, arguments):
            return self._leave(call, Why.REQUEST)
        literals = self._bindings.literals(arguments[0]) if len(arguments) == 1 and not _spread(call) else None
        numbers = [self._source.number(each) for each in literals or ()]
        if not numbers or None in numbers:
            return self._leave(call, Why.EXPRESSION)
        for start, end, number in filter(None, numbers):
            self._spans[start] = Span(start, end, Kind.DATASET, number, None, "macro")
        return None

    def _leave(self, call: nodes.Call, why: Why) -> None:
        self._unresolved.append(Unresolved(self._source.call(call.node.lineno, call.lineno), why))

    def _read_other_names(self) -> None:
        """A macro that is named but not called is passed on: its caller and arguments are unknown. If it is only
        printed, it refers to nothing; templates that the browser renders print columns of that name."""
        harmless = {id(each.node) for each in self._calls}
        harmless |= {id(each.node) for each in self._nodes if isinstance(each, nodes.Test) and each.name == "defined"}
        harmless |= {id(each) for output in self._nodes if isinstance(output, nodes.Output) for each in output.nodes}
        for node in self._nodes:
            if not isinstance(node, nodes.Name) or node.ctx != "load" or node.name not in ID_ARGUMENT:
                continue
            if id(node) not in harmless and not self._bindings.holds(node):
                self._unresolved.append(Unresolved(self._block(node.lineno), Why.RENAMED))

    def _block(self, start: int) -> str:
        """The block or expression around an offset, as written."""
        tokens, place = self._source.tokens, self._source.place(start)
        while place > 0 and not tokens[place].type.endswith("_begin"):
            place -= 1
        first, last = place, self._source.place(start)
        while last < len(tokens) - 1 and not tokens[last].type.endswith("_end"):
            last += 1
        return excerpt(self._source.text[tokens[first].lineno : self._source.ends[tokens[last].lineno]].strip())

    def _server_bound(self) -> Iterator[ServerBound]:
        for node in self._nodes:
            if isinstance(node, nodes.Name) and node.name == "current_user_id" and node.ctx == "load":
                yield ServerBound(self._block(node.lineno), "user number")


def _macro(call: nodes.Call) -> str:
    return call.node.name if isinstance(call.node, nodes.Name) and call.node.name in ID_ARGUMENT else ""


def _arguments(call: nodes.Call) -> list[nodes.Expr]:
    """The call's argument for the number of a dataset: one expression, unless the call is invalid."""
    return [
        *call.args[ID_ARGUMENT[_macro(call)] :][:1],
        *(each.value for each in call.kwargs if each.key == "dataset_id"),
    ]


def _spread(call: nodes.Call) -> bool:
    return call.dyn_args is not None or call.dyn_kwargs is not None


def _without_id(call: nodes.Call, arguments: list[nodes.Expr]) -> bool:
    if not arguments:
        return not _spread(call)
    return isinstance(arguments[0], nodes.Const) and not arguments[0].value
