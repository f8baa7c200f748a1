# [DEF:contracts.rules.features:Module]
# @COMPLEXITY: 2
# @PURPOSE: Rules about the feature documents: complete, filled in, in the order of the template, and consistent
#   with the constitution.
# @RELATION CALLS -> contracts.map

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.contracts.features import DOCUMENTS, MODULES, PLAN, document_path
from apps.contracts.map import features_map
from apps.contracts.model import Document, Feature, Finding, Papers, Tree

HEADING = re.compile(r"(#{1,6}) (.+)")
ARTICLE = re.compile(r"## (\d+\. .+)")
GATE = "## Constitution Check"
EXCEPTION = re.compile(r"(\d+\. .*?):(.*)")
"""A line of the gate: `4. Async boundaries: sign-in asks the provider within a request`."""

NO_EXCEPTIONS = "No exceptions."

CODE = re.compile(r"`[^`]*`")
BRACKET = re.compile(r"\[(?![ xX]\])[^\]\n]+\](?!\()")


def whole(tree: Tree) -> Iterator[Finding]:
    for _, feature in _features(tree):
        for name in DOCUMENTS:
            document = feature.documents.get(name)
            if document is None:
                yield Finding(
                    document_path(feature.path, name), 1, "is missing: copy it from .specify/templates and fill it in"
                )
            elif not any(line and not HEADING.match(line) for line in document.text.splitlines()):
                yield Finding(document.path, 1, "is empty: fill it in as in .specify/templates")


def headed(tree: Tree) -> Iterator[Finding]:
    """A plan has the headings of the template, all of them and in its order."""
    for papers, plan in _plans(tree):
        headings = [(heading, line) for line, heading in _headings(plan.text)][1:]
        place = 0
        for _, wanted in list(_headings(papers.template.text))[1:]:
            found = next((at for at, (heading, _) in enumerate(headings[place:], place) if heading == wanted), None)
            if found is None:
                line = headings[place - 1][1] if place else 1
                yield Finding(plan.path, line, f"“{wanted}” is missing after this, but the template has it")
            else:
                place = found + 1


def filled(tree: Tree) -> Iterator[Finding]:
    """No bracket of the template is left. Links, boxes of lists and code are none."""
    for _, feature in _features(tree):
        for document in feature.documents.values():
            for number, line in _prose(document.text):
                if found := BRACKET.search(CODE.sub("", line)):
                    yield Finding(document.path, number, f"{found[0]} is not filled in: replace or remove it")


def constitutional(tree: Tree) -> Iterator[Finding]:
    """The gate of a plan lists the exceptions to the constitution, each under its article, or says that it has none."""
    for papers, plan in _plans(tree):
        first, lines = _gate(plan)
        articles = set(_articles(papers.constitution))
        exceptions = [(number, found) for number, line in lines if (found := EXCEPTION.fullmatch(line.strip()))]
        if not exceptions and NO_EXCEPTIONS not in [line.strip() for _, line in lines]:
            yield Finding(plan.path, first, f"list the exceptions to the constitution, or write “{NO_EXCEPTIONS}”")
        for number, found in exceptions:
            if found[1] not in articles:
                yield Finding(plan.path, number, f"“{found[1]}” is no article: use its number and title")
            elif not found[2].strip():
                yield Finding(plan.path, number, f"“{found[1]}” is listed without a reason: add it, or remove the line")


def up_to_date(tree: Tree) -> Iterator[Finding]:
    """The maps of modules are what `contracts map --write` would write."""
    for _, feature in _features(tree):
        document = feature.documents.get(MODULES)
        if document and document.text != features_map(tree, document.text):
            yield Finding(document.path, 1, "does not match the anchors: write the maps again")


def _features(tree: Tree) -> Iterator[tuple[Papers, Feature]]:
    for feature in tree.papers.features if tree.papers else ():
        assert tree.papers
        yield tree.papers, feature


def _plans(tree: Tree) -> Iterator[tuple[Papers, Document]]:
    for papers, feature in _features(tree):
        if plan := feature.documents.get(PLAN):
            yield papers, plan


def _prose(text: str) -> Iterator[tuple[int, str]]:
    """The lines outside of code blocks."""
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced and not line.startswith("    "):
            yield number, line


def _headings(text: str) -> Iterator[tuple[int, str]]:
    return ((number, line.strip()) for number, line in _prose(text) if HEADING.fullmatch(line.strip()))


def _gate(plan: Document) -> tuple[int, list[tuple[int, str]]]:
    """The line of its heading, and the lines below it with their numbers."""
    lines = list(_prose(plan.text))
    first = next((number for number, line in lines if line.strip() == GATE), 1)
    after = [(number, line) for number, line in lines if number > first]
    end = next((at for at, (_, line) in enumerate(after) if line.startswith("## ")), len(after))
    return first, after[:end]


def _articles(constitution: Document) -> Iterator[str]:
    """Each with its number: `4. Async boundaries`."""
    return (found[1] for _, heading in _headings(constitution.text) if (found := ARTICLE.fullmatch(heading)))
