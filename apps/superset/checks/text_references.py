# [DEF:superset.checks.text_references:Module]
# @COMPLEXITY: 2
# @PURPOSE: Ids in free text that nothing rewrites: a warning, or a refusal if the target would read another dataset.
# @RELATION CALLS -> superset.texts.jinja
# @RELATION CALLS -> superset.references.templates
# @RELATION CALLS -> superset.references.templates

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import Asset, Kind
from apps.superset.messages.message import Message
from apps.superset.plan.plan import Note, first
from apps.superset.plan.refusal import Refusal
from apps.superset.references.reference import Packed, Ref, Template
from apps.superset.references.templates import SHORTEST, found_in, hosts_in, places
from apps.superset.references.walk import TABLE, Spot
from apps.superset.texts import css, links
from apps.superset.texts.spans import Span, Why, excerpt

JINJA = "jinja"
REWRITE = "rewrite-links"
HOST = re.compile(r"https?://[^\s/\"'<>()\[\]]+")
"""A server has many names in links, so every link counts, regardless of its host."""

MARKS = (*links.FIRST, *css.MARKS, "current_user_id")
"""A text without any of these contains nothing that is reported here."""

KINDS = ("link_numbers", "link_absent", "link_keys", "user_numbers")


@dataclass(frozen=True, slots=True)
class Text:
    """One text of a document. `rendered`: Superset reads it as a Jinja template."""

    path: str
    value: str | Template
    rendered: bool

    @property
    def written(self) -> str:
        """As on the source."""
        return self.value if isinstance(self.value, str) else self.value.written


SIGNS = ("/", "{{", "{%", "chart", "slice", "%2")
"""A text without any of these refers to nothing: every link, macro and style contains one."""

Spoken = Sequence[tuple[Asset, tuple["Text", ...]]]
"""Assets, each with its texts that may refer to something."""


def spoken(assets: Iterable[Asset]) -> Spoken:
    """Read once, for all checks of texts."""
    found = (
        (asset, tuple(each for each in texts(asset) if any(sign in each.written for sign in SIGNS))) for asset in assets
    )
    return [(asset, said) for asset, said in found if said]


def text_notes(assets: Spoken, absent: Iterable[str] = ()) -> tuple[Note, ...]:
    """A warning per kind of reference that stays unchanged, with asset, path and text.

    `absent` are links to what the target does not have.
    """
    found: dict[str, list[str]] = defaultdict(list, {"link_absent": list(absent)})
    for asset, said in assets:
        for text in said:
            for kind, written in _left(text):
                found[kind].append(f"{asset}: {text.path}: {one_line(excerpt(written))}")
    return tuple(Note.of(kind, first(found[kind])) for kind in KINDS if found[kind])


def own_links(assets: Spoken, origin: str) -> Iterator[Refusal]:
    """One for each asset with links to the source's own address: reported, and
    rewritten to the target where that is acknowledged by name."""
    for asset, said in assets:
        hits = [text for text in said if hosts_in(text.written, origin)]
        if hits:
            paths = ", ".join(dict.fromkeys(each.path for each in hits))
            message, name = Message("refusal.link_hosts", asset=asset, paths=paths), f"{REWRITE}:{asset.key}"
            yield Refusal("link_hosts", asset.name, message, {"key": str(asset.key)}, acknowledge=name)


def own_link_notes(found: Iterable[Refusal]) -> Iterator[Note]:
    """`found`: of `own_links`, those that stay."""
    if lines := tuple(f"{each.text} ({each.acknowledge})" for each in found):
        yield Note.of("link_hosts", lines)


def unresolved_macros(assets: Spoken) -> Iterator[Refusal]:
    """One refusal per asset with a macro whose dataset is uncertain; it can be acknowledged by name.

    A macro that takes the dataset from the request is certain: the request has a number that is rewritten.
    """
    for asset, said in assets:
        calls = [f"{text.path}: {each}" for text in said if text.rendered for each in _unresolved(text)]
        if calls:
            names = "; ".join(first(list(dict.fromkeys(calls))))
            message = Message("refusal.jinja", asset=asset, calls=one_line(names))
            yield Refusal(JINJA, asset.name, message, {"key": str(asset.key)}, acknowledge=f"{JINJA}:{asset.key}")


def loose_numbers(value: str | Template, *, rendered: bool) -> tuple[tuple[str, ...], tuple[str | Ref, ...]]:
    """The numbers in a text that look like references but are not, and the rest of the text for comparison."""
    text = value if isinstance(value, str) else value.written
    rest: list[str | Ref] = []
    numbers: list[str] = []
    position = 0
    known = dict(places(value))
    loose = {each.start: each for each in found_in(text, rendered=rendered).spans if each.number is not None}
    for start in sorted({*known, *loose}):
        rest.append(text[position:start])
        if start in known:
            rest.append(known[start])
            position = start + len(known[start].written)
        else:
            numbers.append(str(loose[start].number))
            position = loose[start].end
    return tuple(numbers), (*rest, text[position:])


def texts(asset: Asset) -> Iterator[Text]:
    """Every text of a symbolic document that is long enough to name something, keys aside."""
    if asset.kind is not Kind.DATABASE:
        yield from _texts(asset.document, TABLE[asset.kind], "")


def _texts(value: Any, spot: Spot, path: str) -> Iterator[Text]:
    if isinstance(value, str | Template):
        if isinstance(value, Template) or len(value) >= SHORTEST:
            yield Text(path, value, spot.is_rendered)
    elif isinstance(value, Packed):
        yield from _texts(value.value, spot, path)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _texts(item, spot.below(str(name)), f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from _texts(item, spot.below("*"), f"{path}[{number}]")


def _left(text: Text) -> Iterator[tuple[str, str]]:
    written, known = text.written, dict(places(text.value))
    if not any(mark in written for mark in MARKS):
        return
    relative = HOST.sub(lambda host: " " * len(host[0]), written)
    linked = links.find(relative)
    for span in (*linked.spans, *css.find(relative).spans):
        if span.number is not None and span.start not in known:
            yield "link_numbers", _around(written, span)
    for each in linked.server_bound:
        yield "link_keys", each.text
    if text.rendered and "current_user_id" in written and ("{{" in written or "{%" in written):
        yield "user_numbers", written[written.index("current_user_id") :]


def _unresolved(text: Text) -> Iterator[str]:
    written = text.written
    if "{{" in written or "{%" in written:
        from apps.superset.texts import jinja  # noqa: PLC0415 - load the parser only if there is something to parse

        found = jinja.find(written)
        yield from (each.text for each in found.unresolved if each.why is not Why.REQUEST)
        known = dict(places(text.value))
        yield from (_around(written, span) for span in found.spans if span.start not in known)


def _around(text: str, span: Span) -> str:
    return text[max(0, span.start - 40) : span.end + 10]
