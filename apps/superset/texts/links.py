# [DEF:superset.texts.links:Module]
# @COMPLEXITY: 2
# @PURPOSE: Links to dashboards, charts, datasets and databases of the source, in any notation.
"""A link may be relative or absolute, in HTML, markdown or JSON, with `&amp;`, `\\/` or percent codes: each run of text
without blanks and quotes is decoded with the place of every character kept, and read as an address. Only relative
addresses and those of the source's own host are references; addresses of other hosts are ignored, and so are relative
ones in their query strings."""

from __future__ import annotations

import re
from bisect import bisect_left
from urllib.parse import urlsplit

from apps.superset.assets import Kind
from apps.superset.texts.escapes import Decoded, decoded, runs
from apps.superset.texts.routes import FORM_DATA, PARAMETERS, ROUTES, Route
from apps.superset.texts.spans import NOTHING, Found, Host, ServerBound, Span, excerpt

FIRST = (
    "superset",
    "explore",
    "dashboard",
    "dataset",
    "embedded",
    "tablemodelview",
    "datasource",
    "sqllab",
    "annotationlayer",
    "alert",
    "report",
    "api",
)
START = re.compile(rf"/(?={'|'.join(FIRST)})|(?P<host>(?:https?:)?//[^/?#\s\"'<>()\[\]\\,;=&]+)|\]\(")
PARAMETER = re.compile(r"[?&#](?P<name>\w+)=")
WHOLE = re.compile(r"(?P<number>\d{1,18})(?:__(?:table|dataset))?(?![\w-])")
JSON = re.compile(rf'"(?P<name>{"|".join(FORM_DATA)})\\?"\s*:\s*(?:\\?")?(?P<number>\d{{1,18}})(?:__table)?(?![\w-])')
UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
SLUG = re.compile(r"[\w.~%-]+")
END = re.compile(r"[\s\"'<>]|\]\(|\)(?=\s|$|[.,;])|https?://")
BOUNDARY = re.compile(r"(?:^|[\s\"'<>()\[\]=,;|:])(?:\.{1,2}/)*\.{0,2}$")


def find(text: str, origin: str = "") -> Found:
    """Every link of the text to `origin` (`https://superset.example[/root]`), or relative."""
    if "/" not in text and "%2" not in text:
        return NOTHING
    if not any(word in text for word in FIRST):
        return NOTHING
    finder = _Finder(text, origin)
    for start, end in runs(text, FIRST):
        finder.read(decoded(text, start, end))
    return finder.found()


class _Finder:
    def __init__(self, text: str, origin: str) -> None:
        self._text = text
        self._origin, self._root = _address(origin)
        self._spans: dict[int, Span] = {}
        self._server_bound: list[ServerBound] = []
        self._hosts: list[Host] = []
        self._read_json_from = 0

    def found(self) -> Found:
        spans: list[Span] = []
        for span in sorted(self._spans.values(), key=lambda each: each.start):
            if not spans or spans[-1].end <= span.start:
                spans.append(span)
        return Found(tuple(spans), (), tuple(dict.fromkeys(self._server_bound)), tuple(dict.fromkeys(self._hosts)))

    def read(self, run: Decoded) -> None:
        host: re.Match[str] | None = None
        starts = list(START.finditer(run.text))
        ends = [each.start() for each in END.finditer(run.text)]
        self._read_json_from = 0
        limits = sorted([*ends, *(each.start() for each in starts)])
        after = 0
        for start in starts:
            if start["host"]:
                host = start
            elif start[0] == "](":
                host = None
            elif start.start() < after:
                continue
            elif (found := _fitting(run.text, start.start())) and (how := self._whose(run, host, start.start())):
                route, match = found
                after = match.end()
                limit = bisect_left(limits, after)
                self._link(run, route, match, limits[limit] if limit < len(limits) else len(run.text), how)

    def _whose(self, run: Decoded, host: re.Match[str] | None, start: int) -> str | None:
        """`own host`, `link` for a relative one, None for other hosts."""
        between = run.text[max(host.end() if host else 0, start - 200) : start]
        if host is None:
            return "link" if between == self._root or BOUNDARY.search(between.removesuffix(self._root)) else None
        if not self._origin or _address(host[0])[0].split("//")[-1] != self._origin.split("//")[-1]:
            return None
        if between in {self._root, ""}:
            first, last = run.place(host.start(), host.end())
            self._hosts.append(Host(first, last, self._text[first:last]))
            return "own host"
        return "link" if BOUNDARY.search(between) else None

    def _link(self, run: Decoded, route: Route, match: re.Match[str], end: int, how: str) -> None:
        link = excerpt(run.text[match.start() : end])
        if route.server_bound:
            self._server_bound.append(ServerBound(link, route.server_bound))
        if route.kind:
            self._segment(run, route, match, how, link)
        if route.parameters:
            self._parameters(run, route, match.end(), end, how, link)

    def _segment(self, run: Decoded, route: Route, match: re.Match[str], how: str, link: str) -> None:
        start, end = match.span("id")
        value = match["id"].rstrip(".:!*_`|")
        end = start + len(value)
        if value.isascii() and value.isdigit() and len(value) <= 18:
            self._add(run, start, end, route.kind, int(value), None, how)
        elif UUID.fullmatch(value):
            self._add(run, start, end, route.kind, None, value, "uuid")
        elif route.named and SLUG.fullmatch(value):
            self._add(run, start, end, route.kind, None, value, "slug")
        elif not value.isascii() or any(sign in value for sign in "{}$%"):
            self._server_bound.append(ServerBound(link, "computed link"))

    def _parameters(self, run: Decoded, route: Route, start: int, end: int, how: str, link: str) -> None:
        known = PARAMETERS[route.parameters]
        for parameter in PARAMETER.finditer(run.text, start, end):
            meaning = known.get(parameter["name"])
            if parameter["name"] == "datasource_id" and "datasource_type=query" in run.text[start:end]:
                meaning = "query number"
            if isinstance(meaning, Kind):
                if number := WHOLE.match(run.text, parameter.end()):
                    self._add(run, *number.span("number"), meaning, int(number["number"]), None, how)
                else:
                    self._server_bound.append(ServerBound(link, "computed link"))
            elif meaning:
                self._server_bound.append(ServerBound(link, meaning))
            if parameter["name"] == "form_data":
                self._form_data(run, parameter.end(), how)

    def _form_data(self, run: Decoded, start: int, how: str) -> None:
        begin, self._read_json_from = max(start, self._read_json_from), len(run.text)
        for pair in JSON.finditer(run.text, begin):
            self._add(run, *pair.span("number"), FORM_DATA[pair["name"]], int(pair["number"]), None, how)

    def _add(
        self, run: Decoded, start: int, end: int, kind: Kind | None, number: int | None, name: str | None, how: str
    ) -> None:
        first, last = run.place(start, end)
        if kind is not None:
            self._spans.setdefault(first, Span(first, last, kind, number, name, how))


def _fitting(text: str, start: int) -> tuple[Route, re.Match[str]] | None:
    for route in ROUTES:
        if match := route.pattern.match(text, start):
            return route, match
    return None


def _address(origin: str) -> tuple[str, str]:
    """`scheme://host:port` without the scheme's default port, and the path prefix of Superset."""
    parts = urlsplit(origin if "//" in origin else "")
    host = parts.netloc.rsplit("@", 1)[-1].lower()
    return f"{parts.scheme}//{re.sub(r':(?:80|443)$', '', host)}" if host else "", parts.path.rstrip("/")
