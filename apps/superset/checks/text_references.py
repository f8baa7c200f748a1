# [DEF:superset.checks.text_references:Module]
# @COMPLEXITY: 3
# @PURPOSE: What texts name by number and nothing rewrites: told, or refused where the target would read another
#   dataset.
# @RELATION CALLS -> superset.texts.jinja
# @RELATION CALLS -> superset.references.templates
# @RELATION DEPENDS_ON -> superset.texts.links
# @RELATION DEPENDS_ON -> superset.texts.css
# @RELATION DEPENDS_ON -> superset.references.walk
# @RELATION CALLS -> superset.references.templates
# @RELATION DEPENDS_ON -> superset.plan.refusal
# @RELATION DEPENDS_ON -> superset.plan.plan
# @RELATION DEPENDS_ON -> contracts.plain_text

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import Asset, Kind
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
"""A server is linked under many names, so every link counts, whatever its host."""

MARKS = (*links.FIRST, *css.MARKS, "current_user_id")
"""A text without any of these says nothing that is told here."""

SENTENCES = {
    "link_numbers": "Links or styles name assets by numbers of the source that are not rewritten, because they name "
    "nothing there, or stand under a server's own address.",
    "link_absent": "Links name assets that neither travel nor exist on the target: there the number is that of another "
    "asset, or of none.",
    "link_keys": "Links hold a permalink or a key, which only the server that made it knows.",
    "user_numbers": "Jinja macros compare the number of a user, which is another one on the target.",
}


@dataclass(frozen=True, slots=True)
class Text:
    """One text of a document. `rendered`: Superset reads it as a Jinja template."""

    path: str
    value: str | Template
    rendered: bool

    @property
    def written(self) -> str:
        """As the source has it."""
        return self.value if isinstance(self.value, str) else self.value.written


SIGNS = ("/", "{{", "{%", "chart", "slice", "%2")
"""A text without any of these names nothing: no link, macro or style is spelled without."""

Spoken = Sequence[tuple[Asset, tuple["Text", ...]]]
"""Assets, each with its texts that may name something."""


def spoken(assets: Iterable[Asset]) -> Spoken:
    """Read once, for all that asks about texts."""
    found = (
        (asset, tuple(each for each in texts(asset) if any(sign in each.written for sign in SIGNS))) for asset in assets
    )
    return [(asset, said) for asset, said in found if said]


def text_notes(assets: Spoken, absent: Iterable[str] = ()) -> tuple[Note, ...]:
    """A warning for each kind of thing that stays as it is, with the asset, the path and what is written there.

    `absent` are links to what the target does not have.
    """
    found: dict[str, list[str]] = defaultdict(list, {"link_absent": list(absent)})
    for asset, said in assets:
        for text in said:
            for kind, written in _left(text):
                found[kind].append(f"{asset}: {text.path}: {one_line(excerpt(written))}")
    return tuple(Note(kind, text, first(found[kind])) for kind, text in SENTENCES.items() if found[kind])


def own_links(assets: Spoken, origin: str) -> Iterator[Refusal]:
    """One for each asset with links to the source's own address: told, and led to the target under its name."""
    for asset, said in assets:
        hits = [text for text in said if hosts_in(text.written, origin)]
        if hits:
            text = f"{asset}: {', '.join(dict.fromkeys(each.path for each in hits))}"
            name = f"{REWRITE}:{asset.key}"
            yield Refusal("link_hosts", asset.name, text, {"key": str(asset.key)}, acknowledge=name)


def own_link_notes(found: Iterable[Refusal]) -> Iterator[Note]:
    """`found`: of `own_links`, those that stay."""
    if lines := tuple(f"{each.text} ({each.acknowledge})" for each in found):
        text = "Links go to the source's own address. Acknowledge the name to have them go to the target instead."
        yield Note("link_hosts", text, lines)


def unresolved_macros(assets: Spoken) -> Iterator[Refusal]:
    """One refusal for each asset with a macro whose dataset nobody can tell for sure; to be acknowledged by name.

    A macro that leaves the dataset to the request is sure: whatever asks, asks by a number that is rewritten.
    """
    for asset, said in assets:
        calls = [f"{text.path}: {each}" for text in said if text.rendered for each in _unresolved(text)]
        if calls:
            names = "; ".join(first(list(dict.fromkeys(calls))))
            text = (
                f"{asset} names a dataset in a Jinja macro in a way that cannot be rewritten ({one_line(names)}): on "
                "the target it may be another dataset. Write the number of a dataset of the source in the call, or "
                "acknowledge it by name, and it is sent as it is"
            )
            yield Refusal(JINJA, asset.name, text, {"key": str(asset.key)}, acknowledge=f"{JINJA}:{asset.key}")


def loose_numbers(value: str | Template, *, rendered: bool) -> tuple[tuple[str, ...], tuple[str | Ref, ...]]:
    """The numbers in a text that are no references and look like some, and the rest of the text, to be compared."""
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
        from apps.superset.texts import jinja  # noqa: PLC0415 - the parser is loaded where there is something to parse

        found = jinja.find(written)
        yield from (each.text for each in found.unresolved if each.why is not Why.REQUEST)
        known = dict(places(text.value))
        yield from (_around(written, span) for span in found.spans if span.start not in known)


def _around(text: str, span: Span) -> str:
    return text[max(0, span.start - 40) : span.end + 10]
