# [DEF:contracts.rules.tags:Module]
# @COMPLEXITY: 2
# @PURPOSE: Rules about the level of a block, the tags that it requires, and the docstring.

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from apps.contracts.model import OUTSIDE, Block, Finding, Language, Source, Tree, covers

BY_LEVEL: Mapping[int, tuple[str, ...]] = {
    1: ("COMPLEXITY",),
    2: ("PURPOSE",),
    3: ("RELATION",),
    4: ("PRE", "POST", "SIDE_EFFECT"),
    5: ("DATA_CONTRACT", "INVARIANT", "RATIONALE", "REJECTED"),
}
"""The tags that each level requires, in addition to those of the levels below."""

OF_COMPONENTS: Mapping[int, tuple[str, ...]] = {3: ("UX_STATE",), 4: ("UX_FEEDBACK", "UX_RECOVERY", "UX_REACTIVITY")}

OPTIONAL_FROM: Mapping[str, int] = {"RELATION": 2}
"""Tags that may stand on a lower level than the one that asks for them."""

EFFECTS = tuple(
    f"{OUTSIDE}{name}"
    for name in ("django.db.transaction", "multiprocessing", "shutil", "socket", "subprocess", "tempfile")
)
"""What a module imports that changes state or does input and output."""

TABLES = f"{OUTSIDE}django.db.models.Model"

ONCE = ("COMPLEXITY", "PURPOSE")
WITHOUT_COLON = ("RELATION",)
NEED_CONTEXT = "[NEED_CONTEXT"


def wanted_tags(source: Source, block: Block, level: int) -> tuple[str, ...]:
    is_component = source.language is Language.COMPONENT and block is source.own
    tables = (BY_LEVEL, OF_COMPONENTS) if is_component else (BY_LEVEL,)
    return tuple(tag for table in tables for each, tags in table.items() if each <= level for tag in tags)


def levelled(tree: Tree) -> Iterator[Finding]:
    for source, block in tree.blocks():
        if block.level is None:
            yield Finding(source.path, block.line, f"{block.id} has no level: add @COMPLEXITY: 1 to 5")


def complete(tree: Tree) -> Iterator[Finding]:
    for source, block, wanted in _with_level(tree):
        missing = [
            tag for tag in wanted if not block.values(tag) and not (tag == "RELATION" and _stands_alone(tree, source))
        ]
        if missing:
            names = ", ".join(f"@{tag}" for tag in missing)
            yield Finding(source.path, block.line, f"{block.id} is of level {block.level}: add {names}")


def _stands_alone(tree: Tree, source: Source) -> bool:
    """What imports nothing of ours has no relations."""
    return not any(tree.imports_of_ours(source))


def no_others(tree: Tree) -> Iterator[Finding]:
    for source, block, wanted in _with_level(tree):
        allowed = {*wanted, *(tag for tag, lowest in OPTIONAL_FROM.items() if lowest <= (block.level or 0))}
        for tag in block.tags:
            if tag.name not in allowed:
                text = f"@{tag.name} does not belong to level {block.level}: remove it, or raise the level"
                yield Finding(source.path, tag.line, text)


def well_formed(tree: Tree) -> Iterator[Finding]:
    """Each tag has a value in the right form; purpose and level appear once."""
    for source, block in tree.blocks():
        counted: Counter[str] = Counter()
        for tag in block.tags:
            counted[tag.name] += 1
            if not tag.value:
                yield Finding(source.path, tag.line, f"@{tag.name} is empty: fill it in, or lower the level")
            elif tag.colon is (tag.name in WITHOUT_COLON):
                text = "write @RELATION PREDICATE -> TARGET" if tag.colon else f"write @{tag.name}: with a colon"
                yield Finding(source.path, tag.line, text)
            if tag.name in ONCE and counted[tag.name] > 1:
                yield Finding(source.path, tag.line, f"@{tag.name} is allowed only once: remove this one")


def above_floor(tree: Tree) -> Iterator[Finding]:
    """No block has a lower level than the code requires or the configuration lists."""
    for source, block in tree.blocks():
        floor, reason = _floor(tree, source, block)
        if block.level is not None and block.level < floor:
            line = block.values("COMPLEXITY")[0].line
            yield Finding(source.path, line, f"level {block.level} is below {floor}, because {reason}: raise it")


def _floor(tree: Tree, source: Source, block: Block) -> tuple[int, str]:
    if listed := tree.floors.get(block.id):
        return listed, "pyproject.toml lists it"
    if block is not source.own:
        return 1, ""
    if source.language is Language.COMPONENT:
        return 3, "it is a component"
    if effect := _effect(source):
        return 3, effect
    if any(tree.imports_of_ours(source)):
        return 2, "it imports ours"
    return (2, "it has functions") if source.facts.has_functions else (1, "")


def _effect(source: Source) -> str:
    """How a file shows that it keeps state or does input and output; empty if it does not show it."""
    if any(covers(TABLES, base) for base, _ in source.facts.bases):
        return "it has tables"
    name = next((name for name in source.facts.imports if any(covers(each, name) for each in EFFECTS)), "")
    return f"it imports {name.removeprefix(OUTSIDE)}" if name else ""


def says_more(tree: Tree) -> Iterator[Finding]:
    """The docstring of a module does not begin by repeating its purpose."""
    for source in tree.sources:
        docstring = source.facts.docstring
        if docstring and source.own and source.own.purpose and docstring.first_paragraph == source.own.purpose:
            text = "the docstring repeats @PURPOSE: remove its first paragraph, or say more"
            yield Finding(source.path, docstring.line, text)


def listed_exist(tree: Tree) -> Iterator[Finding]:
    known = {block.id for _, block in tree.blocks()}
    for identity in tree.floors:
        if identity not in known:
            text = f"[tool.lockstep.contracts] lists {identity}, which no anchor has: correct the name or remove it"
            yield Finding("pyproject.toml", 1, text)


def context_known(tree: Tree) -> Iterator[Finding]:
    if tree.draft:
        return
    for source, block in tree.blocks():
        for tag in block.tags:
            if NEED_CONTEXT in tag.value:
                yield Finding(source.path, tag.line, "a target is still unknown: find it and write its id")


def _with_level(tree: Tree) -> Iterator[tuple[Source, Block, tuple[str, ...]]]:
    for source, block in tree.blocks():
        if block.level is not None:
            yield source, block, wanted_tags(source, block, block.level)
