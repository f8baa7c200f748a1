from __future__ import annotations

import ast
import asyncio
import logging
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from apps.contracts import belief
from apps.contracts.belief import HIDDEN, active_anchor, belief_scope, explore, reason, reflect, without_secrets


@pytest.fixture
def told(caplog):
    """What was told since the last look: anchor, marker, text, facts."""
    caplog.set_level(logging.DEBUG, belief.__name__)

    def look():
        found = [(each.anchor, each.marker, each.text, each.facts) for each in caplog.records]
        caplog.clear()
        return found

    return look


def test_a_belief_record_has_anchor_marker_text_and_facts(told):
    with belief_scope("shop.till", drawer=1):
        reason("it is closed", coins=3)
        explore("the spare key")
        reflect("it is open")
    assert told() == [
        ("shop.till", "entry", "", {"drawer": 1}),
        ("shop.till", "reason", "it is closed", {"coins": 3}),
        ("shop.till", "explore", "the spare key", {}),
        ("shop.till", "reflect", "it is open", {}),
        ("shop.till", "exit", "", {}),
    ]


def test_a_record_is_an_ordinary_line_of_the_log(caplog):
    caplog.set_level(logging.INFO, belief.__name__)
    with belief_scope("shop.till"):
        reason("it is closed", coins=3)
    (record,) = caplog.records
    assert record.getMessage() == "shop.till reason: it is closed coins=3"
    assert (record.name, record.levelname) == ("apps.contracts.belief", "INFO")
    assert record.funcName == "test_a_record_is_an_ordinary_line_of_the_log"


def test_the_level_switches_entry_and_exit(told, caplog):
    caplog.set_level(logging.INFO, belief.__name__)
    with belief_scope("shop.till"):
        reason("it is closed")
    assert [marker for _, marker, _, _ in told()] == ["reason"]


def test_the_innermost_scope_gives_the_anchor(told):
    with belief_scope("shop.outer"):
        with belief_scope("shop.inner"):
            reason("within")
        reason("without")
    assert [(anchor, text) for anchor, marker, text, _ in told() if marker == "reason"] == [
        ("shop.inner", "within"),
        ("shop.outer", "without"),
    ]
    assert active_anchor() == ""


def test_an_exception_is_reported_and_goes_on(told):
    with pytest.raises(ValueError, match="no coins"), belief_scope("shop.till"):
        raise ValueError("no coins")
    assert [each[:3] for each in told()] == [
        ("shop.till", "entry", ""),
        ("shop.till", "raised", "ValueError: no coins"),
    ]
    assert active_anchor() == ""


def test_a_cancelled_coroutine_is_reported(told):
    async def wait():
        with belief_scope("shop.till"):
            await asyncio.sleep(60)

    async def cancel():
        waiting = asyncio.ensure_future(wait())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    asyncio.run(cancel())
    assert ("shop.till", "raised") in [each[:2] for each in told()]


def test_secrets_are_masked_by_name_and_in_texts(told, caplog):
    with suppress(ValueError), belief_scope("shop.till", password="hunter2"):
        reason("asking http://ada:hunter2@till with Bearer hunter2", api_key="hunter2", inner=[{"token": "hunter2"}])
        reflect("said", url="http://ada:hunter2@till", empty={"secret": ""})
        raise ValueError("postgres://ada:hunter2@till")
    assert "hunter2" not in caplog.text
    found = told()
    assert [marker for _, marker, _, _ in found] == ["entry", "reason", "reflect", "raised"]
    assert "hunter2" not in str(found)


def test_threads_do_not_see_each_others_anchors(told):
    both = threading.Barrier(2)

    def work(anchor):
        with belief_scope(anchor):
            both.wait()
            reason(f"in {anchor}")
            both.wait()

    threads = [threading.Thread(target=work, args=(anchor,)) for anchor in ("shop.one", "shop.two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reasons = [(anchor, text) for anchor, marker, text, _ in told() if marker == "reason"]
    assert sorted(reasons) == [("shop.one", "in shop.one"), ("shop.two", "in shop.two")]


def test_coroutines_do_not_see_each_others_anchors(told):
    async def work(anchor, mine, other):
        with belief_scope(anchor):
            mine.set()
            await other.wait()
            reason(f"in {anchor}")

    async def both():
        one, two = asyncio.Event(), asyncio.Event()
        await asyncio.gather(work("shop.one", one, two), work("shop.two", two, one))

    asyncio.run(both())
    reasons = [(anchor, text) for anchor, marker, text, _ in told() if marker == "reason"]
    assert sorted(reasons) == [("shop.one", "in shop.one"), ("shop.two", "in shop.two")]


def test_the_belief_log_uses_only_the_standard_library():
    tree = ast.parse(Path(belief.__file__).read_text())
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


def test_a_yes_or_no_is_no_secret_whatever_it_is_called():
    assert without_secrets({"must_change_password": True, "password": "x"}) == {
        "must_change_password": True,
        "password": HIDDEN,
    }
