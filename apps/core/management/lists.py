# [DEF:core.management.lists:Module]
# @COMPLEXITY: 3
# @PURPOSE: What every list at the terminal has: a limit, filters of the same names, and a word on what was left out.
# @RELATION DEPENDS_ON -> core.management.output

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from django.db.models import Q, QuerySet

from apps.core.management import messages
from apps.core.management.arguments import moment, one_of, search_text, whole_number
from apps.core.management.base import Options
from apps.core.management.output import Output, table_output

LIMIT = 30
"""As many rows as a screen has."""

MOST = 10**9

MOMENT_FILTERS = ("since", "until")
FILTERS = (
    *MOMENT_FILTERS,
    *("state", "search", "by", "environment", "source", "target", "tier", "protected", "kind", "plugin", "action"),
    *("role", "scope", "object", "level", "logger"),
)
"""Every option that leaves out rows. The same name filters by the same thing in each command."""

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """The first rows of a list, and how many there are."""

    rows: list[Row]
    total: int


def add_limit(parser: Any, *, help_text: object = "", default: int = LIMIT) -> None:
    text = help_text or messages.HELP_LIMIT.format(default=default)
    parser.add_argument("--limit", type=whole_number(0, MOST), default=default, metavar="N", help=str(text))


def add_moments(parser: Any, what: object) -> None:
    """`--since` and `--until`; `what` says which moment of a row counts."""
    parser.add_argument("--since", type=moment, metavar="WHEN", help=messages.HELP_SINCE.format(what=what))
    parser.add_argument("--until", type=moment, metavar="WHEN", help=messages.HELP_UNTIL.format(what=what))


def add_search(parser: Any, where: object) -> None:
    text = messages.HELP_SEARCH.format(where=where)
    parser.add_argument("--search", type=search_text, default="", metavar="TEXT", help=text)


def add_state(parser: Any, words: Iterable[str]) -> None:
    """`--state`, which can be repeated. Its words are those that the list prints."""
    known = list(words)
    text = messages.HELP_STATE.format(states=", ".join(known))
    parser.add_argument("--state", type=one_of(known), action="append", default=[], metavar="STATE", help=text)


def between(path: str, options: Options) -> Q:
    """From `--since` on, and before `--until`."""
    return equal({f"{path}__gte": options["since"], f"{path}__lt": options["until"]})


def equal(wanted: dict[str, Any]) -> Q:
    """Each of the conditions that has a value. A list means any of its values."""
    found = Q()
    for path, value in wanted.items():
        if value not in (None, "", []):
            found &= Q(**{f"{path}__in" if isinstance(value, list) else path: value})
    return found


def with_words(text: str, *paths: str) -> Q:
    """Rows that have each of the words in one of these columns, as `?search=` of the API finds them."""
    found = Q()
    for word in text.split():
        any_of = Q()
        for path in paths:
            any_of |= Q(**{f"{path}__icontains": word})
        found &= any_of
    return found


def page_of(found: QuerySet[Any, Row] | Sequence[Row], options: Options) -> Page[Row]:
    limit = options["limit"]
    if not limit:
        rows = list(found)
        return Page(rows, len(rows))
    rows = list(found[: limit + 1])
    if len(rows) <= limit:
        return Page(rows, len(rows))
    return Page(rows[:limit], len(found) if isinstance(found, Sequence) else found.count())


def is_filtered(options: Options) -> bool:
    return any(options.get(name) not in (None, "", []) for name in FILTERS)


def page_output(
    page: Page[Row],
    options: Options,
    headers: Sequence[str],
    *,
    data: Callable[[Row], Any],
    cells: Callable[[Row], Sequence[str]],
    empty: object,
) -> Output:
    """A table that says what the limit has cut. `empty` is the sentence where there is nothing, filtered or not."""
    none = str(messages.NO_MATCH if is_filtered(options) else empty)
    shown = [data(row) for row in page.rows]
    return with_cut(table_output(shown, headers, [cells(row) for row in page.rows], empty=none), page)


def with_cut(output: Output, page: Page[Any]) -> Output:
    """The text alone says so: what reads the other formats passes the limit that it wants."""
    shown = len(page.rows)
    if shown == page.total:
        return output
    note = messages.CUT.format(shown=shown, total=page.total)
    return replace(output, text=f"{output.text}\n\n{note}", markdown=output.markdown or output.text)
