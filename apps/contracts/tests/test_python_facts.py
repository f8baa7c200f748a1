from __future__ import annotations

from textwrap import dedent

from apps.contracts.model import Scope
from apps.contracts.python_facts import read_facts


def facts(text, identity="shop.plan"):
    return read_facts(dedent(text), identity)


def test_imports_are_recorded_by_their_ids():
    found = facts(
        """\
        import json
        import apps.shop.till
        from apps.shop import prices as p
        from django.db import models
        from project import env
        def later():
            from apps.stock.rows import take
        """
    )
    assert found.imports == {
        "EXT:json": 1,
        "shop.till": 2,
        "shop.prices": 3,
        "EXT:django.db.models": 4,
        "project.env": 5,
        "stock.rows.take": 7,
    }


def test_calls_and_bases_are_followed_to_what_they_name():
    found = facts(
        """\
        import apps.shop.till
        from apps.shop import prices
        from apps.shop.base import Shelf, Box as Carton

        class Mine(Shelf[int], Carton): ...

        def buy(till):
            apps.shop.till.open()
            prices.of("tea").cheapest()
            till.close()
            return Mine(), print()
        """
    )
    assert dict(found.bases) == {"shop.base.Shelf": 5, "shop.base.Box": 5}
    assert dict(found.calls) == {"shop.till.open": 8, "shop.prices.of": 9, "shop.plan.Mine": 11}


def test_names_of_the_project_keep_their_first_word():
    assert dict(facts("def f(): f()", "project.admin.home").calls) == {"project.admin.home.f": 1}


def test_functions_and_methods_are_definitions():
    found = facts("@wraps\nclass Plan:\n    def buy(self):\n        def inner(): ...\n\ndef f(): ...\n")
    assert [(each.name, each.type, each.first, each.last) for each in found.definitions] == [
        ("Plan", "Class", 1, 4),
        ("Plan.buy", "Function", 3, 4),
        ("f", "Function", 6, 6),
    ]
    assert found.has_functions


def test_a_scope_has_what_is_called_in_it():
    found = facts(
        """\
        from apps.contracts import belief
        from apps.contracts.belief import belief_scope, reason, reflect
        ANCHOR = "shop.plan"
        def buy():
            with open("x"), belief_scope("shop.plan.buy"):
                reason("it is cheap")
            with belief.belief_scope(ANCHOR):
                if True:
                    belief.reflect("bought")
            reflect("outside")
        """
    )
    assert found.scopes == (
        Scope("shop.plan.buy", 5, frozenset({"contracts.belief.reason"})),
        Scope("shop.plan", 7, frozenset({"contracts.belief.reflect"})),
    )


def test_a_file_that_is_not_python_is_a_fault():
    found = facts("def f(:\n")
    assert found.fault.line == 1
