from __future__ import annotations

import shutil
from datetime import date

import pytest

from apps.contracts.configuration import Checkout, Configuration
from apps.contracts.errors import FeatureRefused
from apps.contracts.features import DOCUMENTS, begin_feature, document_path
from apps.contracts.map import write_maps
from apps.contracts.rules import features
from apps.contracts.tests.trees import CHECKOUT
from apps.contracts.tree import read_tree

TODAY = date(2026, 11, 24)
TILL = "# [DEF:shop.till:Module]\n# @COMPLEXITY: 2\n# @PURPOSE: Opens | closes.\ndef f():\n    return 1\n\n\n"


@pytest.fixture
def place(tmp_path):
    """A checkout with our templates and constitution, and one feature that has all its documents."""
    shutil.copytree(CHECKOUT / ".specify", tmp_path / ".specify")
    (tmp_path / "apps/shop").mkdir(parents=True)
    (tmp_path / "apps/shop/till.py").write_text(TILL)
    (tmp_path / "specs").mkdir()
    for path in begin_feature(tmp_path, "specs", "open-till", today=TODAY):
        file = tmp_path / path
        text = file.read_text().replace("[IDS, like tasks.*]", "shop.*").replace("[x]", "(x)").replace("[ ]", "( )")
        text = text.replace("[spec.md](spec.md)", "(spec)").replace("[", "").replace("]", "")
        file.write_text(text.replace("(x)", "[x]").replace("( )", "[ ]").replace("(spec)", "[spec.md](spec.md)"))
    plan = tmp_path / "specs/001-open-till/plan.md"
    plan.write_text(plan.read_text().replace("`N. Title: why`, or No exceptions.", "No exceptions."))
    write_maps(tmp_path, tree(tmp_path))
    return tmp_path


def tree(folder):
    return read_tree(Checkout(folder, Configuration(roots=("apps",), specs="specs")))


def found(rule, folder):
    return [(finding.path, finding.line, finding.text) for finding in rule(tree(folder))]


ALL = (features.whole, features.headed, features.filled, features.constitutional, features.up_to_date)


@pytest.mark.parametrize("rule", ALL)
def test_a_whole_feature_keeps_the_rule(rule, place):
    assert found(rule, place) == []


def test_a_missing_document_is_reported(place):
    (place / "specs/001-open-till/research.md").unlink()
    assert [each[:2] for each in found(features.whole, place)] == [("specs/001-open-till/research.md", 1)]


def test_a_document_that_says_nothing_is_reported(place):
    (place / "specs/001-open-till/research.md").write_text("# Research: Open till\n\n")
    assert [each[:2] for each in found(features.whole, place)] == [("specs/001-open-till/research.md", 1)]


def edit(place, old, new, name="plan.md"):
    """Replaces something in a document; the line where it stood."""
    file = place / "specs/001-open-till" / name
    text = file.read_text()
    file.write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


def test_a_missing_heading_is_reported_at_the_one_before(place):
    line = edit(place, "## Technical Context\n", "")
    ((path, at, text),) = found(features.headed, place)
    assert (path, at) == ("specs/001-open-till/plan.md", line - 4)
    assert "Technical Context" in text


def test_headings_keep_the_order_of_the_template(place):
    edit(place, "## Summary\n", "## Complexity Tracking\n")
    edit(place, "\n## Complexity Tracking\n\n|", "\n## Summary\n\n|")
    assert found(features.headed, place)


def test_a_bracket_that_is_not_filled_is_reported_with_its_line(place):
    line = edit(place, "NUMBERS", "[NUMBERS]")
    ((path, at, text),) = found(features.filled, place)
    assert (path, at) == ("specs/001-open-till/plan.md", line)
    assert text.startswith("[NUMBERS] is not filled in")


@pytest.mark.parametrize("fine", ["a [link](spec.md)", "* [x] done", "`types[str]`", "    indented[0]"])
def test_links_boxes_and_code_are_no_brackets(fine, place):
    edit(place, "TWO OR THREE SENTENCES", f"well\n\n{fine}\n")
    assert found(features.filled, place) == []


GATE = "No exceptions."


@pytest.mark.parametrize(
    "lines", ["No exceptions.", "4. Async boundaries: it waits\n5. One way to the API: it has its own"]
)
def test_a_gate_lists_exceptions_or_says_that_there_are_none(lines, place):
    edit(place, GATE, lines)
    assert found(features.constitutional, place) == []


def test_a_gate_that_says_nothing_is_a_violation(place):
    gate = edit(place, GATE, "")
    ((path, at, text),) = found(features.constitutional, place)
    assert (path, at) == ("specs/001-open-till/plan.md", gate - 4)
    assert "No exceptions." in text


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("4. Async boundaries:", "without a reason"),
        ("4. Sync boundaries: it waits", "no article"),
        ("40. Async boundaries: it waits", "no article"),
    ],
)
def test_an_exception_names_an_article_and_the_reason(line, part, place):
    at = edit(place, GATE, line)
    assert [(each[1], part in each[2]) for each in found(features.constitutional, place)] == [(at, True)]


def test_a_map_that_the_anchors_have_left_behind_is_reported_and_written(place):
    file = place / "specs/modules/001-open-till.md"
    assert "| shop.till | 2 | Opens \\| closes. |  |" in file.read_text()
    (place / "apps/shop/till.py").write_text(TILL.replace("closes", "shuts"))
    assert [each[:2] for each in found(features.up_to_date, place)] == [("specs/modules/001-open-till.md", 1)]
    assert write_maps(place, tree(place)) == ["specs/modules/001-open-till.md"]
    assert found(features.up_to_date, place) == []
    assert "shuts" in file.read_text()


def test_a_new_feature_has_all_documents_with_its_name_and_number(place):
    made = begin_feature(place, "specs", "close-till", today=TODAY)
    assert made == [document_path("specs/002-close-till", name) for name in DOCUMENTS]
    assert "specs/modules/002-close-till.md" in made
    plan = (place / "specs/002-close-till/plan.md").read_text()
    assert plan.startswith("# Implementation Plan: Close till\n\n**Branch**: `002-close-till` | **Date**: 2026-11-24")
    assert {each[0] for each in found(features.filled, place)} == set(made)


@pytest.mark.parametrize("name", ["Close Till", "close--till", "../close", "open-till", ""])
def test_a_name_that_is_none_or_is_taken_is_refused(name, place):
    with pytest.raises(FeatureRefused):
        begin_feature(place, "specs", name, today=TODAY)
