# [DEF:contracts.anchors:Module]
# @COMPLEXITY: 2
# @PURPOSE: Reads the anchor blocks of a file: from Python comments, from Svelte markup, from Svelte script and
#   TypeScript.
"""A block begins with its anchor and goes on as long as the comment does:

    # [DEF:superset.plan.plan:Module] <!-- [DEF:lib/components/Hub:Component] -->     // [DEF:lib/api/get.ts:Module]
    # @COMPLEXITY: 3                  <!-- @COMPLEXITY: 3 -->                         // @COMPLEXITY: 2

A line of the block without a tag of its own goes on with the one before.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from apps.contracts.model import Block, Fault, Language, Relation, Tag

ANCHOR = re.compile(r"\[(/?)DEF:([^\s:\[\]]+):([A-Z][A-Za-z]+)\]")
LOOKS_LIKE_ONE = re.compile(r"\[/?DEF\b")
TAG = re.compile(r"@([A-Z][A-Z_]*)(:?)(?:\s+|$)(.*)")
RELATION = re.compile(r"([A-Z_]+) -> (\S.*)")

MARKUP = re.compile(r"<!--(.*?)-->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Comment:
    """One line of comment, without its marks."""

    line: int
    text: str


def read_blocks(text: str, language: Language) -> tuple[tuple[Block, ...], tuple[Fault, ...]]:
    """The blocks in the order of the file, and what looks like an anchor and is none."""
    blocks: list[Block] = []
    faults: list[Fault] = []
    for run in _runs(COMMENTS[language](text)):
        _read_run(run, blocks, faults)
    return tuple(blocks), tuple(faults)


def _read_run(run: list[Comment], blocks: list[Block], faults: list[Fault]) -> None:
    """Comment lines that follow each other: they may close a block, open one, and list its tags."""
    opened = None
    for comment in run:
        found = ANCHOR.fullmatch(comment.text)
        if not found:
            if LOOKS_LIKE_ONE.search(comment.text) and not comment.text.startswith("@"):
                faults.append(Fault(comment.line, "is no anchor: write [DEF:id:Type] alone on its line"))
            elif opened is not None:
                blocks[opened] = _with_line(blocks[opened], comment)
            continue
        closing, identity, type_ = found.groups()
        if closing:
            opened = None
            _close(identity, type_, comment.line, blocks, faults)
        else:
            opened = len(blocks)
            blocks.append(Block(identity, type_, comment.line, 1))


def _close(identity: str, type_: str, line: int, blocks: list[Block], faults: list[Fault]) -> None:
    for number, block in reversed(list(enumerate(blocks))):
        if (block.id, block.type, block.closed) == (identity, type_, None):
            blocks[number] = replace(block, closed=line)
            return
    faults.append(Fault(line, f"closes {identity}, which is not open: open it with [DEF:{identity}:{type_}]"))


def _with_line(block: Block, comment: Comment) -> Block:
    tags = block.tags
    if found := TAG.fullmatch(comment.text):
        name, colon, value = found.groups()
        tags = (*tags, Tag(name, value.strip(), comment.line, bool(colon)))
    elif tags:
        last = tags[-1]
        tags = (*tags[:-1], replace(last, value=f"{last.value} {comment.text}".strip()))
    return replace(block, tags=tags, length=comment.line - block.line + 1, relations=tuple(_relations(tags)))


def _relations(tags: Iterable[Tag]) -> Iterator[Relation]:
    for tag in tags:
        if tag.name == "RELATION" and not tag.colon and (found := RELATION.fullmatch(tag.value)):
            yield Relation(found[1], found[2], tag.line)


# --- comments ---------------------------------------------------------------------------------------------------------


def _python_comments(text: str) -> Iterator[Comment]:
    """Those that have their line to themselves. None of a file that is not Python: its facts report that."""
    lines = text.splitlines()
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and lines[token.start[0] - 1].lstrip().startswith("#"):
                yield Comment(token.start[0], token.string.lstrip("#").strip())
    except (tokenize.TokenError, SyntaxError):
        return


def _script_comments(text: str) -> Iterator[Comment]:
    for number, line in enumerate(text.splitlines(), 1):
        if (stripped := line.strip()).startswith("//"):
            yield Comment(number, stripped.lstrip("/").strip())


def _component_comments(text: str) -> Iterator[Comment]:
    comments = list(_script_comments(text))
    for found in MARKUP.finditer(text):
        first = text.count("\n", 0, found.start()) + 1
        comments.extend(Comment(first + down, line.strip()) for down, line in enumerate(found[1].split("\n")))
    return iter(sorted((comment for comment in comments if comment.text), key=lambda comment: comment.line))


COMMENTS = {
    Language.PYTHON: _python_comments,
    Language.COMPONENT: _component_comments,
    Language.SCRIPT: _script_comments,
}


def _runs(comments: Iterable[Comment]) -> Iterator[list[Comment]]:
    """Comments on lines that follow each other."""
    run: list[Comment] = []
    for comment in comments:
        if run and comment.line > run[-1].line + 1:
            yield run
            run = []
        run.append(comment)
    if run:
        yield run
