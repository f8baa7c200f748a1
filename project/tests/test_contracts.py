"""The contracts of the whole project, and faults that are planted in it: each is caught at its line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from apps.contracts.check import check
from apps.contracts.configuration import read_checkout
from apps.contracts.map import features_map
from apps.contracts.model import Document
from apps.contracts.tree import python_source, read_tree

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tree():
    return read_tree(read_checkout(CHECKOUT))


def test_the_whole_project_keeps_its_contracts(tree):
    assert [str(violation) for violation in check(tree)] == []
    assert len(tree.sources) > 200


def test_the_map_of_every_feature_is_in_step(tree):
    for feature in tree.papers.features:
        document = feature.documents["modules.md"]
        assert document.text == features_map(tree, document.text), document.path


def line_of(text, part):
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize(
    ("path", "old", "new", "at", "rule"),
    [
        (
            "apps/audit/export.py",
            "DEPENDS_ON -> core.errors",
            "DEPENDS_ON -> core.files",
            "DEPENDS_ON -> core.files",
            "depends-on",
        ),
        (
            "apps/audit/services.py",
            "# @RELATION CALLS -> contracts.belief\n",
            "",
            "from apps.contracts.belief",
            "undeclared",
        ),
        ("apps/superset/execution/rollback.py", "# @POST: ", "# and ", "# [DEF", "missing-tag"),
        (
            "apps/superset/execution/rollback.py",
            'belief_scope("superset.execution.rollback")',
            "nullcontext()",
            "# [DEF",
            "belief",
        ),
        ("apps/superset/execution/executor.py", "@COMPLEXITY: 5", "@COMPLEXITY: 4", "# @COMPLEXITY", "floor"),
        ("apps/freezes/models.py", "@COMPLEXITY: 3", "@COMPLEXITY: 2", "# @COMPLEXITY", "floor"),
        (
            "apps/superset/execution/explain.py",
            "DEF:superset.execution.explain",
            "DEF:superset.execution.executor",
            "# [DEF",
            "duplicate",
        ),
        (
            "apps/superset/execution/explain.py",
            "-> superset.execution.stages",
            "-> superset.execution.stage",
            "-> superset.execution.stage",
            "target",
        ),
    ],
)
def test_a_fault_in_a_module_is_caught_at_its_line(path, old, new, at, rule, tree):
    text = (CHECKOUT / path).read_text()
    assert old in text
    planted = text.replace(old, new, 1)
    sources = [python_source(path, planted.encode()) if each.path == path else each for each in tree.sources]
    found = [f"{each.path}:{each.line}: {each.rule}" for each in check(replace(tree, sources=tuple(sources)))]
    assert f"{path}:{line_of(planted, at)}: {rule}" in found


def test_a_bracket_that_is_left_in_a_plan_is_caught_at_its_line(tree):
    first, *others = tree.papers.features
    plan = first.documents["plan.md"]
    text = plan.text.replace("## Summary\n", "## Summary\n\n[WHAT IT IS FOR]\n")
    feature = replace(first, documents={**first.documents, "plan.md": Document(plan.path, text)})
    papers = replace(tree.papers, features=(feature, *others))
    found = [(each.path, each.line, each.rule) for each in check(replace(tree, papers=papers))]
    assert found == [(plan.path, line_of(text, "[WHAT"), "bracket")]
