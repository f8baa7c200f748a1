# [DEF:superset.bundle.safe_yaml:Module]
# @COMPLEXITY: 2
# @PURPOSE: Parses untrusted YAML within limits that are checked before anything is built, and writes it reproducibly.

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from apps.superset.bundle.yaml_scalars import SPECIAL, scalar_value
from apps.superset.messages.message import Message


class YamlRefused(ValueError):
    """Text that is no YAML, or YAML that is not safe to read. `problem` completes “this file …”."""

    def __init__(self, problem: Message) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class YamlLimits:
    """`nodes` counts what the aliases stand for: a few lines of nested aliases cannot become billions of values."""

    depth: int = 100
    aliases: int = 1_000
    nodes: int = 500_000


YAML_LIMITS = YamlLimits()


SUSPECT = re.compile(r"\\(0|x00|u0000|U00000000|(u|U0000)[dD][89a-fA-F])")
"""How a text can spell a NUL or a surrogate: only within double quotes is it one."""

SURROGATE = "found invalid Unicode character escape code"
"""What libyaml says of a surrogate, which PyYAML's own parser, and so Superset, reads."""

LARGEST_WITH_SURROGATES = 1_000_000
"""Characters: PyYAML's own parser takes a minute for ten times as many."""


def load_yaml(text: str, limits: YamlLimits = YAML_LIMITS) -> Any:
    """What `yaml.safe_load`, which Superset uses, makes of the text; YamlRefused where it fails or a limit is passed.

    The events are walked first (libyaml keeps its own stack, so this cannot overflow): the composer of PyYAML recurses
    in C and takes the process down on a hundred thousand `[` (seen with PyYAML 6.0.3). The walk makes the values as
    well, which is all there is to do for most files (measured on 4,291: 0.5 s instead of 1.25 s).
    """
    try:
        return _loaded(text, limits)
    except YamlRefused:
        raise
    except yaml.YAMLError as error:
        raise YamlRefused(Message("value.no_yaml", reason=_problem(error))) from error
    except (ValueError, LookupError, AttributeError, TypeError, OverflowError, RecursionError) as error:
        raise YamlRefused(Message("value.bad_value", reason=_one_line(error))) from error


def _loaded(text: str, limits: YamlLimits) -> Any:
    try:
        value = _walked(text, limits, yaml.CSafeLoader)
        return yaml.load(text, yaml.CSafeLoader) if value is SPECIAL else value
    except yaml.YAMLError as error:
        if getattr(error, "problem", "") != SURROGATE:
            raise
        if len(text) > LARGEST_WITH_SURROGATES:
            raise YamlRefused(Message("value.large_surrogate")) from error
        value = _walked(text, limits, yaml.SafeLoader)
        return yaml.load(text, yaml.SafeLoader) if value is SPECIAL else value


def dump_yaml(document: Mapping[str, Any]) -> str:
    """Keys in the order of the document, no anchors: equal documents always give equal text."""
    text: str = yaml.dump(plain(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True)
    return text


def plain(value: Any) -> Any:
    """The value in dicts and lists, whatever mappings and sequences it was made of."""
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def _walked(text: str, limits: YamlLimits, loader: type[yaml.CSafeLoader | yaml.SafeLoader]) -> Any:
    """The value, or SPECIAL, once all of it was counted."""
    walk = _Walk(limits)
    parser = loader(text)
    try:
        while (event := parser.get_event()) is not None:
            if step := _STEPS.get(type(event)):
                step(walk, event)
    finally:
        parser.dispose()
    return walk.value


class _Walk:
    """How deep and how large a document becomes, from its events alone; and its values, without nodes between.

    What it does not know itself is SPECIAL: anchors, tags, merge keys, several documents, and all that fails.
    """

    def __init__(self, limits: YamlLimits) -> None:
        self.limits = limits
        self.special = False
        self.values: list[list[Any]] = []
        self.open: list[tuple[str | None, int]] = []
        self.sizes: dict[str, int] = {}
        self.nodes = 0
        self.aliases = 0

    @property
    def value(self) -> Any:
        if self.special:
            return SPECIAL
        return self.values[0][0] if self.values else None

    def document(self, _event: DocumentStartEvent) -> None:
        self.special |= bool(self.values)
        self.values.append([])

    def scalar(self, event: ScalarEvent) -> None:
        self.add(1)
        if event.anchor:
            self.sizes[event.anchor] = 1
        value = scalar_value(event)
        if value is SPECIAL:
            self.special = True
        self.values[-1].append(value)

    def start(self, event: CollectionStartEvent) -> None:
        self.open.append((event.anchor, self.nodes))
        if len(self.open) > self.limits.depth:
            raise YamlRefused(Message("value.too_deep", most=self.limits.depth))
        self.add(1)
        self.special |= bool(event.anchor or event.tag)
        self.values.append([])

    def end_sequence(self, _event: SequenceEndEvent) -> None:
        self.end()
        items = self.values.pop()
        self.values[-1].append(items)

    def end_mapping(self, _event: MappingEndEvent) -> None:
        self.end()
        items = self.values.pop()
        try:
            self.values[-1].append(dict(zip(items[::2], items[1::2], strict=True)))
        except TypeError:  # a list or a mapping is a key
            self.special = True
            self.values[-1].append(SPECIAL)

    def end(self) -> None:
        anchor, before = self.open.pop()
        if anchor:
            self.sizes[anchor] = self.nodes - before

    def alias(self, event: AliasEvent) -> None:
        self.add(self.size_of_alias(str(event.anchor)))
        self.special = True
        self.values[-1].append(SPECIAL)

    def add(self, nodes: int) -> None:
        self.nodes += nodes
        if self.nodes > self.limits.nodes:
            raise YamlRefused(Message("value.too_many_values", most=self.limits.nodes))

    def size_of_alias(self, anchor: str) -> int:
        self.aliases += 1
        if self.aliases > self.limits.aliases:
            raise YamlRefused(Message("value.too_many_aliases", most=self.limits.aliases))
        if any(anchor == name for name, _ in self.open):
            raise YamlRefused(Message("value.contains_itself", alias=anchor))
        return self.sizes.get(anchor, 1)


_STEPS: dict[type[yaml.Event], Callable[[_Walk, Any], None]] = {
    DocumentStartEvent: _Walk.document,
    ScalarEvent: _Walk.scalar,
    AliasEvent: _Walk.alias,
    SequenceStartEvent: _Walk.start,
    MappingStartEvent: _Walk.start,
    SequenceEndEvent: _Walk.end_sequence,
    MappingEndEvent: _Walk.end_mapping,
}


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _problem(error: yaml.YAMLError) -> Message | str:
    mark = getattr(error, "problem_mark", None)
    problem = _one_line(getattr(error, "problem", None) or error)
    return Message("value.yaml_line", line=mark.line + 1, reason=problem) if mark else problem


def _one_line(error: object) -> str:
    return re.sub(r"\s+", " ", str(error))[:200] or type(error).__name__
