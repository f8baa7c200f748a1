from __future__ import annotations

import json
import shutil

import pytest

from apps.contracts.tests.trees import CHECKOUT

TILL = """\
# [DEF:shop.till:Module]
# @COMPLEXITY: 3
# @PURPOSE: Opens and closes.
# @RELATION DEPENDS_ON -> shop.plan
from apps.shop.plan import PRICE


X = PRICE
"""
TABLE = '[tool.lockstep.contracts]\nroots = ["apps"]\nspecs = "specs"\n'


@pytest.fixture
def place(tmp_path):
    """A small checkout that keeps its contracts."""
    (tmp_path / "apps/shop").mkdir(parents=True)
    (tmp_path / "apps/shop/plan.py").write_text("# [DEF:shop.plan:Module]\n# @COMPLEXITY: 1\n\nPRICE = 3\n")
    (tmp_path / "apps/shop/till.py").write_text(TILL)
    (tmp_path / "pyproject.toml").write_text(TABLE)
    (tmp_path / "specs").mkdir()
    shutil.copytree(CHECKOUT / ".specify", tmp_path / ".specify")
    return tmp_path


@pytest.fixture
def contracts(manage, place):
    def contracts(*words):
        return manage("contracts", *words, "--checkout", place)

    return contracts


def test_a_tree_without_violations_ends_with_0(contracts):
    assert contracts("check") == (0, "2 modules keep their contracts.\n", "")


def test_violations_are_reported_with_their_lines_and_end_with_1(contracts, place):
    (place / "apps/shop/till.py").write_text(TILL.replace("-> shop.plan", "-> shop.plane"))
    code, told, _ = contracts("check")
    assert code == 1
    assert told.splitlines() == [
        "apps/shop/till.py:4: depends-on: shop.plane is not imported here: remove the relation, or correct the target",
        "apps/shop/till.py:4: target: no anchor has the id shop.plane: is shop.plan meant?",
        "2 violations.",
    ]


def test_violations_are_reported_as_json_too(contracts, place):
    (place / "apps/shop/till.py").write_text(TILL.replace("# @RELATION DEPENDS_ON -> shop.plan\n", ""))
    code, told, _ = contracts("check", "--format", "json")
    assert code == 1
    assert json.loads(told) == {
        "sources": 2,
        "violations": [
            {
                "path": "apps/shop/till.py",
                "line": 1,
                "rule": "missing-tag",
                "text": "shop.till is of level 3: add @RELATION",
            }
        ],
    }


def test_a_target_that_is_not_known_yet_passes_in_a_draft_only(contracts, place):
    (place / "apps/shop/till.py").write_text(TILL.replace("-> shop.plan", "-> [NEED_CONTEXT: what has the price]"))
    code, told, _ = contracts("check")
    assert (code, "apps/shop/till.py:4: need-context:" in told) == (1, True)
    assert contracts("check", "--draft")[0] == 0


def test_the_map_has_a_row_for_each_contract(contracts):
    _, told, _ = contracts("map")
    assert told.splitlines()[2:] == [
        "| shop.plan | 1 |  |  |",
        "| shop.till | 3 | Opens and closes. | DEPENDS_ON shop.plan |",
    ]
    _, told, _ = contracts("map", "*.till", "--format", "json")
    (row,) = json.loads(told)
    assert (row["id"], row["path"], row["line"], row["level"]) == ("shop.till", "apps/shop/till.py", 1, 3)
    assert row["relations"] == [{"predicate": "DEPENDS_ON", "target": "shop.plan"}]


def test_a_pattern_that_fits_nothing_is_reported(contracts):
    code, told, error = contracts("map", "shop.*", "shp.*")
    assert (code, told) == (1, "")
    assert "shp.*" in error


def test_the_maps_of_features_are_written_where_they_are_behind(contracts, place):
    contracts("feature", "open-till")
    file = place / "specs/modules/001-open-till.md"
    file.write_text(file.read_text().replace("[IDS, like tasks.*]", "shop.*"))
    assert contracts("map", "--write") == (0, "Wrote specs/modules/001-open-till.md.\n", "")
    assert contracts("map", "--write")[1] == "All maps are up to date.\n"
    assert "| shop.till |" in file.read_text()


def test_a_contract_is_shown_with_the_modules_that_refer_to_it(contracts):
    code, told, _ = contracts("show", "shop.plan")
    assert code == 0
    assert told.splitlines() == [
        "shop.plan (Module, level 1), apps/shop/plan.py:1",
        "  DEPENDS_ON <- shop.till",
    ]
    assert "  DEPENDS_ON -> shop.plan\n" in contracts("show", "shop.till")[1]
    assert json.loads(contracts("show", "shop.plan", "--format", "json")[1])["pointed_at_by"] == [
        {"predicate": "DEPENDS_ON", "id": "shop.till"}
    ]


def test_a_contract_that_is_not_there_is_reported_with_the_nearest(contracts):
    code, _, said = contracts("show", "shop.plans")
    assert (code, said) == (1, "No anchor has the id “shop.plans”. Did you mean shop.plan?\n")


def test_the_documents_of_a_feature_are_begun_with_brackets_to_fill(contracts):
    code, told, _ = contracts("feature", "open-till")
    assert code == 0
    assert "Created specs/001-open-till/plan.md." in told
    code, told, _ = contracts("check")
    assert (code, "specs/001-open-till/plan.md:7: bracket: [TWO OR THREE" in told) == (1, True)


def test_a_name_that_is_taken_is_refused_in_one_sentence(contracts):
    contracts("feature", "open-till")
    code, _, said = contracts("feature", "open-till")
    assert (code, said) == (1, "The feature “open-till” already exists. Choose another name.\n")


@pytest.mark.parametrize("table", ["", "[tool.lockstep.contracts]\nroot = 3\n", "[", TABLE.replace("apps", "app")])
def test_a_table_that_cannot_be_used_is_reported_in_one_sentence(table, contracts, place):
    (place / "pyproject.toml").write_text(table)
    code, _, said = contracts("check")
    assert (code, len(said.splitlines())) == (1, 1)
    assert "[tool.lockstep.contracts]" in said


def test_without_the_constitution_one_sentence_says_so(contracts, place):
    (place / ".specify/memory/constitution.md").unlink()
    code, _, said = contracts("check")
    assert (code, said.startswith("There is no .specify/memory/constitution.md,")) == (1, True)
