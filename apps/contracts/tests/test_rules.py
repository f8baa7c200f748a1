"""Every rule over Python: a tree that keeps it, and one that breaks it at a known line."""

from __future__ import annotations

import pytest

from apps.contracts.check import RULES
from apps.contracts.tests.trees import PLAN, violations

ONE = "# [DEF:shop.till:Module]\n# @COMPLEXITY: 1\nPRICE = 3\n"
TWO = "# [DEF:shop.till:Module]\n# @COMPLEXITY: 2\n# @PURPOSE: Opens and closes.\n\ndef f():\n    return 1\n"
THREE = """\
    # [DEF:shop.till:Module]
    # @COMPLEXITY: 3
    # @PURPOSE: Opens and closes.
    # @RELATION DEPENDS_ON -> shop.plan

    from apps.shop.plan import PRICE
    """
IMPORTS = """\
    # [DEF:shop.till:Module]
    # @COMPLEXITY: 2
    # @PURPOSE: Opens and closes.

    from apps.shop.plan import PRICE
    """
EFFECT = """\
    # [DEF:shop.till:Module]
    # @COMPLEXITY: 3
    # @PURPOSE: Opens and closes.

    import subprocess
    """
TABLE = """\
    # [DEF:shop.till:Module]
    # @COMPLEXITY: 3
    # @PURPOSE: Opens and closes.

    from django.db import models


    class Till(models.Model): ...
    """
FOUR = """\
    # [DEF:shop.till:Module]
    # @COMPLEXITY: 4
    # @PURPOSE: Opens and closes.
    # @RELATION CALLS -> contracts.belief
    # @PRE: it is closed
    # @POST: it is open
    # @SIDE_EFFECT: a bell rings

    from apps.contracts.belief import belief_scope, reason, reflect


    def f():
        with belief_scope("shop.till"):
            reason("closed")
            reflect("open")
    """
FIVE = FOUR.replace("@COMPLEXITY: 4", "@COMPLEXITY: 5").replace(
    "rings\n",
    """rings
    # @DATA_CONTRACT: coins
    # @INVARIANT: no coin is lost
    # @RATIONALE: a drawer
    # @REJECTED: a bag
""",
)
INNER = """\
    # [DEF:shop.till:Module]
    # @COMPLEXITY: 3
    # @PURPOSE: Opens and closes.
    # @RELATION DEPENDS_ON -> contracts.belief
    from apps.contracts.belief import belief_scope, reason, reflect


    # [DEF:shop.till.f:Function]
    # @COMPLEXITY: 4
    # @PURPOSE: Opens.
    # @RELATION CALLS -> contracts.belief
    # @PRE: closed
    # @POST: open
    # @SIDE_EFFECT: a bell rings
    @staticmethod
    def f():
        with belief_scope("shop.till.f"):
            reason("closed")
            reflect("open")
            reflect("closed")
            reflect("open")
    # [/DEF:shop.till.f:Function]
    """
BELIEF = "# [DEF:contracts.belief:Module]\n# @COMPLEXITY: 1\n\nX = 1\n"
BASES = """\
    # [DEF:shop.till:Module]
    # @COMPLEXITY: 3
    # @PURPOSE: Opens and closes.
    # @RELATION INHERITS_FROM -> shop.plan
    # @RELATION IMPLEMENTS -> EXT:collections.abc
    from collections.abc import Sized
    from apps.shop import plan


    class Till(plan.Plan): ...
    class Purse(Sized): ...
    """
CALLS = """\
    # [DEF:shop.till:Module]
    # @COMPLEXITY: 3
    # @PURPOSE: Opens and closes.
    # @RELATION CALLS -> shop.plan
    # @RELATION CALLS -> EXT:json
    import json
    from apps.shop import plan

    X = plan.buy(json.loads("1"))
    """
OTHER_APP = """\
    # [DEF:bank.till:Module]
    # @COMPLEXITY: 3
    # @PURPOSE: Opens and closes.
    # @RELATION DEPENDS_ON -> shop.plan
    from apps.shop.plan import PRICE
    from apps.bank.notes import NOTE
    """
NOTES = "# [DEF:bank.notes:Module]\n# @COMPLEXITY: 1\n\nNOTE = 5\n"

SAMPLES = [
    ("unreadable", ONE, ONE + "def f(:\n", 4),
    ("unreadable", ONE, ONE + "# [DEF:shop.till]\n", 4),
    ("anchor", "#!/usr/bin/env python\n" + ONE, "'''A docstring.'''\n" + ONE, 1),
    ("anchor", ONE, "\n\nPRICE = 3\n", 3),
    ("id", ONE, ONE.replace("shop.till", "shop.cash"), 1),
    ("id", INNER, INNER.replace("shop.till.f", "shop.till.g"), 8),
    ("duplicate", ONE, ONE.replace("shop.till", "shop.plan"), 1),
    ("type", ONE, ONE.replace("Module", "Store"), 1),
    ("type", INNER, INNER.replace(":Function", ":Class"), 8),
    ("inner", INNER, INNER.replace("# [/DEF:shop.till.f:Function]", ""), 8),
    ("inner", INNER, INNER.replace("@COMPLEXITY: 4", "@COMPLEXITY: 2"), 8),
    ("inner", INNER, INNER.replace("@staticmethod\n    def f():", "if PRICE:"), 8),
    ("inner", ONE, ONE + "# [/DEF:shop.till:Module]\n", 4),
    ("length", TWO, TWO.replace("closes.\n", "closes" + 30 * ",\n# and closes" + ".\n"), 1),
    ("level", ONE, ONE.replace("# @COMPLEXITY: 1\n", ""), 1),
    ("level", ONE, ONE.replace("COMPLEXITY: 1", "COMPLEXITY: 6"), 1),
    ("missing-tag", TWO, TWO.replace("# @PURPOSE: Opens and closes.\n", ""), 1),
    ("missing-tag", THREE, THREE.replace("# @RELATION DEPENDS_ON -> shop.plan\n", ""), 1),
    ("missing-tag", FOUR, FOUR.replace("# @POST: it is open\n", ""), 1),
    ("missing-tag", FIVE, FIVE.replace("# @REJECTED: a bag\n", ""), 1),
    ("other-tag", TWO, TWO.replace("closes.\n", "closes.\n# @PRE: it is closed\n"), 4),
    ("other-tag", TWO, TWO.replace("closes.\n", "closes.\n# @OWNER: me\n"), 4),
    ("tag-form", TWO, TWO.replace("PURPOSE:", "PURPOSE"), 3),
    ("tag-form", TWO, TWO.replace("Opens and closes.", ""), 3),
    ("tag-form", TWO, TWO.replace("closes.\n", "closes.\n# @PURPOSE: Closes.\n"), 4),
    ("tag-form", THREE, THREE.replace("@RELATION ", "@RELATION: "), 4),
    (
        "docstring",
        TWO.replace("\n\n", '\n"""Opens and closes. At noon, too."""\n', 1),
        TWO.replace("\n\n", '\n"""Opens and\n closes."""\n', 1),
        4,
    ),
    (
        "docstring",
        TWO.replace("\n\n", '\n"""At noon, too."""\n', 1),
        TWO.replace("\n\n", '\n"""Opens and closes.\n\nAt noon, too."""\n', 1),
        4,
    ),
    ("floor", TWO, TWO.replace("COMPLEXITY: 2", "COMPLEXITY: 1"), 2),
    ("floor", THREE.replace("COMPLEXITY: 3", "COMPLEXITY: 2"), IMPORTS.replace("COMPLEXITY: 2", "COMPLEXITY: 1"), 2),
    ("floor", EFFECT, EFFECT.replace("COMPLEXITY: 3", "COMPLEXITY: 2"), 2),
    ("floor", TABLE, TABLE.replace("COMPLEXITY: 3", "COMPLEXITY: 2"), 2),
    ("need-context", THREE, THREE.replace("-> shop.plan", "-> [NEED_CONTEXT: what has the prices]"), 4),
    ("relation-form", THREE, THREE.replace("DEPENDS_ON ->", "DEPENDS_ON"), 4),
    ("relation-form", THREE, THREE.replace("DEPENDS_ON", "LIKES"), 4),
    ("target", THREE, THREE.replace("-> shop.plan", "-> shop.plane"), 4),
    ("depends-on", THREE, THREE.replace("-> shop.plan", "-> contracts.belief"), 4),
    ("undeclared", OTHER_APP, OTHER_APP.replace("-> shop.plan", "-> bank.notes"), 5),
    ("bases", BASES, BASES.replace("plan.Plan", "object"), 4),
    ("bases", BASES, BASES.replace("(Sized)", ""), 5),
    ("calls", CALLS, CALLS.replace("plan.buy(", "str("), 4),
    ("calls", CALLS, CALLS.replace("json.loads(", "str("), 5),
    ("external", CALLS, CALLS.replace("EXT:json", "EXT:orjson"), 5),
    ("belief", FOUR, FOUR.replace('belief_scope("shop.till")', "open('x')"), 1),
    ("belief", FOUR, FOUR.replace('belief_scope("shop.till")', 'belief_scope("shop.plan")'), 1),
    ("belief", FOUR, FOUR.replace('reflect("open")', ""), 13),
    ("belief", INNER, INNER.replace('"shop.till.f"', '"shop.till"'), 8),
]


def tree(text):
    app = "bank" if "DEF:bank" in text else "shop"
    others = {"apps/shop/plan.py": PLAN, "apps/contracts/belief.py": BELIEF, "apps/bank/notes.py": NOTES}
    # Room for the longest block: a module is longer than its contract
    return {f"apps/{app}/till.py": text + 20 * "\n", **others}


@pytest.mark.parametrize(("rule", "kept"), [(rule, kept) for rule, kept, _, _ in SAMPLES])
def test_a_module_that_keeps_the_rule_passes(rule, kept, tmp_path):
    assert violations(tmp_path, tree(kept)) == []


@pytest.mark.parametrize(("rule", "broken", "line"), [(rule, broken, line) for rule, _, broken, line in SAMPLES])
def test_a_module_that_breaks_the_rule_is_reported_with_its_line(rule, broken, line, tmp_path):
    (path, *_) = tree(broken)
    assert f"{path}:{line}: {rule}" in violations(tmp_path, tree(broken))


def test_a_listed_module_has_its_level_at_least(tmp_path):
    assert violations(tmp_path, tree(FOUR), level_4=("shop.till",)) == []
    assert violations(tmp_path, tree(FIVE), level_4=("shop.till",), level_5=("shop.till",)) == []
    assert violations(tmp_path, tree(FOUR), level_5=("shop.till",)) == ["apps/shop/till.py:2: floor"]


def test_what_is_listed_must_exist(tmp_path):
    assert violations(tmp_path, tree(ONE), level_4=("shop.safe",)) == ["pyproject.toml:1: listed"]


def test_a_draft_may_still_lack_a_target(tmp_path):
    draft = tree(THREE.replace("-> shop.plan", "-> [NEED_CONTEXT: what has the prices]"))
    assert violations(tmp_path, draft, draft=True) == []


@pytest.mark.parametrize("text", [IMPORTS, THREE.replace("COMPLEXITY: 3", "COMPLEXITY: 2")])
def test_a_module_that_only_imports_may_tell_its_relations_or_not(text, tmp_path):
    assert violations(tmp_path, tree(text)) == []


def test_tests_and_empty_packages_carry_no_anchor(tmp_path):
    bare = {"apps/shop/__init__.py": "", "apps/shop/tests/test_till.py": "X = 1\n"}
    assert violations(tmp_path, {**tree(ONE), **bare}) == []


def test_every_rule_has_samples():
    elsewhere = {"listed", "state-rendered", "state-tested", "document", "heading", "bracket", "article", "map"}
    assert {rule for rule, *_ in SAMPLES} | elsewhere == set(RULES)
