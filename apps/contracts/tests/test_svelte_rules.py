"""Every rule that applies to Svelte: the sample components keep it, and a planted fault is told with its line.

What the components rendered is recorded by a real run of their tests.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from apps.contracts import svelte_facts
from apps.contracts.svelte_facts import _ask_node
from apps.contracts.tests.trees import CHECKOUT, violations

FRONTEND = CHECKOUT / "frontend"
SAMPLES = FRONTEND / "tests/samples"

ORDERS = "// [DEF:orders.ts:Module]\n// @COMPLEXITY: 2\n"
INNER = """\
    // [DEF:Basket.press:Function]
    // @COMPLEXITY: 4
    // @PURPOSE: Sends.
    // @RELATION CALLS -> orders.ts
    // @PRE: there is an order
    // @POST: it was sent
    // @SIDE_EFFECT: a request
    async function press() {"""


@pytest.fixture(scope="session")
def states(tmp_path_factory) -> Path:
    """Runs the tests of the samples; the folder with what they saw."""
    folder = tmp_path_factory.mktemp("states")
    run = subprocess.run(
        [str(FRONTEND / "node_modules/.bin/vitest"), "run", "tests/samples"],
        cwd=FRONTEND,
        env=os.environ | {"LOCKSTEP_STATES": str(folder), "CI": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


FAULTS = [
    ("unreadable", "Basket.svelte", "</div>", "", 35),
    ("unreadable", "orders.ts", "export", "// [DEF:orders:]\nexport", 5),
    ("anchor", "Badge.svelte", "<!-- [DEF", "<p></p>\n<!-- [DEF", 1),
    ("anchor", "orders.ts", ORDERS, "", 1),
    ("id", "Badge.svelte", "DEF:Badge:", "DEF:lib/Badge:", 1),
    ("id", "orders.ts", "DEF:orders.ts:", "DEF:orders:", 1),
    ("id", "Basket.svelte", "\tasync function press() {", INNER.replace("Basket.press", "Basket.push"), 23),
    ("duplicate", "orders.ts", "DEF:orders.ts:Module", "DEF:Badge:Module", 1),
    ("type", "Badge.svelte", ":Component", ":Module", 1),
    ("type", "orders.ts", ":Module", ":Component", 1),
    ("inner", "Basket.svelte", "\tasync function press() {", INNER, 23),
    ("length", "orders.ts", "once.\n", "once." + 9 * "\n// @PRE: and again" + "\n", 1),
    ("level", "Badge.svelte", "@COMPLEXITY: 3", "@COMPLEXITY: high", 1),
    ("missing-tag", "Badge.svelte", "@UX_STATE", "@UX_STATES", 1),
    ("missing-tag", "Basket.svelte", "@UX_FEEDBACK", "@UX_FEED", 1),
    ("missing-tag", "Basket.svelte", "@RELATION", "@RELATIONS", 1),
    ("other-tag", "Badge.svelte", "  @UX_STATE: counting", "  @UX_RECOVERY: none\n  @UX_STATE: counting", 5),
    ("other-tag", "orders.ts", "once.\n", "once.\n// @UX_STATE: sent\n", 4),
    ("tag-form", "Badge.svelte", "@UX_STATE: empty: nothing to count", "@UX_STATE", 4),
    ("floor", "Badge.svelte", "@COMPLEXITY: 3", "@COMPLEXITY: 2", 2),
    ("floor", "orders.ts", "@COMPLEXITY: 2", "@COMPLEXITY: 1", 2),
    ("need-context", "Basket.svelte", "CALLS -> orders.ts", "CALLS -> [NEED_CONTEXT: who sends]", 4),
    ("relation-form", "Basket.svelte", "CALLS -> orders.ts", "CALLS orders.ts", 4),
    ("target", "Basket.svelte", "CALLS -> orders.ts", "CALLS -> orders", 4),
    ("depends-on", "Basket.svelte", "import Badge from './Badge.svelte';", "const Badge = null;", 5),
    ("undeclared", "Basket.svelte", "<!-- @RELATION DEPENDS_ON -> Badge -->\n", "", 15),
    ("bases", "Basket.svelte", "CALLS -> orders.ts", "INHERITS_FROM -> orders.ts", 4),
    ("calls", "Basket.svelte", "await order(send)", "await send()", 4),
    ("external", "Basket.svelte", "CALLS -> orders.ts", "CALLS -> EXT:svelte", 4),
    ("state-rendered", "Badge.svelte", "'counting' : 'empty'", "'counting' : 'none'", 4),
    ("state-tested", "Badge.svelte", "{count || ''}", "{count || '-'}", 4),
]  # fmt: skip


def changed(name="", old="", new=""):
    """The texts of the samples, one of them with something replaced."""
    files = {path.name: path.read_text() for path in SAMPLES.iterdir() if path.name != "samples.test.ts"}
    if name:
        assert old in files[name]
        files[name] = files[name].replace(old, new)
    return files


@pytest.fixture(scope="session")
def compiled():
    """What the compiler says of every text below, asked once."""
    texts = {
        f"{number}/{name}": text
        for number, fault in enumerate([(), *FAULTS])
        for name, text in changed(*fault[1:4]).items()
    }
    read = _ask_node(FRONTEND / "src", texts)
    return {text: read[path] for path, text in texts.items()}


@pytest.fixture
def found(tmp_path, states, compiled, monkeypatch):
    """What the check says of the samples, one of them with something replaced."""

    def answers(_, texts):
        return {path: compiled[text] for path, text in texts.items()}

    def found(*change, recorded=states):
        placed = {f"frontend/src/{name}": text for name, text in changed(*change).items()}
        return violations(tmp_path, placed, frontend="frontend/src", states=str(recorded))

    monkeypatch.setattr(svelte_facts, "_ask_node", answers)
    return found


def test_the_samples_keep_all_rules(found):
    assert found() == []


@pytest.mark.parametrize(("rule", "name", "old", "new", "line"), FAULTS)
def test_a_planted_fault_is_reported_with_its_line(rule, name, old, new, line, found):
    assert f"frontend/src/{name}:{line}: {rule}" in found(name, old, new)


def test_a_level_that_is_listed_is_the_least(tmp_path, states):
    (tmp_path / "frontend").mkdir()
    (tmp_path / "frontend/node_modules").symlink_to(FRONTEND / "node_modules")
    badge = {"frontend/src/Badge.svelte": (SAMPLES / "Badge.svelte").read_text()}
    told = violations(tmp_path, badge, level_4=("Badge",), frontend="frontend/src", states=str(states))
    assert told == ["frontend/src/Badge.svelte:2: floor"]


def test_a_state_that_no_test_rendered_is_reported(found, states, tmp_path):
    for record in states.glob("*.json"):
        told = json.loads(record.read_text())
        for component in told["components"]:
            component["states"] = [state for state in component["states"] if state != "failed"]
        (tmp_path / "less").mkdir()
        (tmp_path / "less" / record.name).write_text(json.dumps(told))
    assert found(recorded=tmp_path / "less") == ["frontend/src/Basket.svelte:11: state-tested"]


def test_what_a_test_saw_that_is_gone_does_not_count(found, states, tmp_path):
    (tmp_path / "gone").mkdir()
    for record in states.glob("*.json"):
        told = json.loads(record.read_text()) | {"test": str(tmp_path / "gone.test.ts")}
        (tmp_path / "gone" / record.name).write_text(json.dumps(told))
    assert "frontend/src/Badge.svelte:4: state-tested" in found(recorded=tmp_path / "gone")
