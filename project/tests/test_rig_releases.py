"""Choosing releases for the rig, what its checker knows of them, and the page that the tests of all pairs write."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from project.tests.releases.pairs import ALL, ReleasePair, chosen
from rig import fidelity
from rig.check.checker import Comparison
from rig.check.fidelity import Fate, seen
from rig.check.releases import as_held
from rig.check.texts import with_names
from rig.demo.ports import Ports
from rig.demo.releases import demo_pair
from rig.errors import RigError
from rig.fidelity import Hanging, Report, page, saved
from rig.progress import Progress
from rig.servers import install, template
from rig.servers.examples import recorded
from rig.servers.releases import NEWEST, RELEASES, line_of, release_named

# --- choosing


@pytest.mark.parametrize("release", RELEASES)
def test_a_release_is_named_by_its_line_or_in_full(release: str):
    assert release_named(line_of(release), by="DEV_RELEASE") == release
    assert release_named(release, by="DEV_RELEASE") == release


@pytest.mark.parametrize("release", RELEASES)
def test_every_release_has_its_lock_file(release: str):
    assert f"\napache-superset=={release} " in install.lock_file(release).read_text()


@pytest.mark.parametrize("name", ["", "4", "4.1.3", "7.0", "latest"])
def test_another_release_is_refused_with_the_choices(name: str):
    with pytest.raises(RigError) as raised:
        release_named(name, by="DEV_RELEASE")
    assert str(raised.value) == f"DEV_RELEASE is “{name}”: choose 4.1, 5.0, 6.0 or 6.1."


def test_without_a_choice_there_are_all_sixteen_pairs():
    assert chosen("") == ALL
    assert len({pair.name for pair in ALL}) == 16


def test_pairs_are_chosen_by_their_names():
    assert chosen(" 4.1-6.1 6.1-5.0") == (ReleasePair("4.1.4", "6.1.0"), ReleasePair("6.1.0", "5.0.0"))


@pytest.mark.parametrize("word", ["4.1", "4.1-", "4.1-6.1-5.0", "6.1-9.9"])
def test_a_pair_that_is_none_is_refused(word: str):
    with pytest.raises(RigError, match=f"One side of PAIRS={word} is “.*”: choose 4.1, 5.0, 6.0 or 6.1"):
        chosen(word)


# --- installing


def test_an_older_release_is_not_installed_on_a_python_that_is_too_new_for_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    python = tmp_path / "python3.12"
    python.write_text("#!/bin/sh\necho 3.12\n")
    python.chmod(0o755)
    monkeypatch.setenv("SUPERSET_PYTHON", str(python))
    assert install.interpreter("6.0.0") == str(python)
    with pytest.raises(RigError, match=r"Superset 4\.1\.4 runs only on Python 3\.11; .* is Python 3\.12"):
        install.interpreter("4.1.4")


# --- the demo


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder for the demo, and no choices."""
    monkeypatch.setenv("LOCKSTEP_DEMO_DIR", str(tmp_path))
    for name in ("DEV_RELEASE", "PROD_RELEASE"):
        monkeypatch.setenv(name, "")
    return tmp_path


def releases_of_the_demo() -> tuple[str, ...]:
    return tuple(server.release for server in demo_pair(Ports()).both)


@pytest.mark.usefixtures("home")
def test_the_demo_runs_on_the_newest_release_unless_others_are_chosen(monkeypatch: pytest.MonkeyPatch):
    assert releases_of_the_demo() == (NEWEST, NEWEST)
    monkeypatch.setenv("DEV_RELEASE", "4.1")
    assert releases_of_the_demo() == ("4.1.4", NEWEST)


def prepare(home: Path, name: str) -> None:
    (home / "bare.db").touch()
    server = getattr(demo_pair(Ports()), name)
    server.prepare(home / "bare.db")


def test_a_later_demo_keeps_the_releases_of_the_first(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DEV_RELEASE", "5.0")
    prepare(home, "dev")
    monkeypatch.setenv("DEV_RELEASE", "")
    assert releases_of_the_demo() == ("5.0.0", NEWEST)


def test_a_demo_from_before_there_was_a_choice_is_of_the_newest_release(home: Path):
    prepare(home, "prod")
    (home / "demo/prod/release").unlink()
    assert releases_of_the_demo() == (NEWEST, NEWEST)


def test_a_server_of_another_release_is_not_started_over(home: Path, monkeypatch: pytest.MonkeyPatch):
    prepare(home, "dev")
    monkeypatch.setenv("DEV_RELEASE", "4.1")
    with pytest.raises(RigError, match=r"dev of the demo is Superset 6\.1\.0.*make demo-down, then make demo DEV_REL"):
        releases_of_the_demo()


# --- what the checker and the examples know of releases

CURRENCY = {"symbol": "EUR", "symbolPosition": "prefix"}
TEXT = '{"symbol": "EUR", "symbolPosition": "prefix"}'
DATASET = {
    "folders": [{"uuid": "f"}],
    "currency_code_column": "code",
    "columns": [{"column_name": "day", "datetime_format": "%Y"}],
    "metrics": [{"metric_name": "sum", "currency": CURRENCY}, {"metric_name": "count", "currency": None}],
}


@pytest.mark.parametrize(
    ("release", "fields", "column", "currency"),
    [
        ("4.1.4", {"columns", "metrics"}, {"column_name"}, TEXT),
        ("5.0.0", {"columns", "metrics"}, {"column_name"}, TEXT),
        ("6.0.0", {"columns", "metrics", "folders"}, {"column_name"}, CURRENCY),
        ("6.1.0", set(DATASET), {"column_name", "datetime_format"}, CURRENCY),
    ],
)
def test_a_dataset_is_held_as_the_release_can(release: str, fields: set[str], column: set[str], currency: Any):
    held = as_held("dataset", DATASET, release)
    assert held.keys() == fields
    assert held["columns"][0].keys() == column
    assert [metric["currency"] for metric in held["metrics"]] == [currency, None]


def test_a_currency_of_an_older_release_is_read_by_a_newer_one():
    held = as_held("dataset", {"metrics": {"sum": {"currency": TEXT}}}, "6.1.0")
    assert held == {"metrics": {"sum": {"currency": CURRENCY}}}


@pytest.mark.parametrize("release", RELEASES[:-1])
def test_the_recorded_examples_are_complete_for_every_older_release(release: str):
    counts = Counter(kind for kind, _ in recorded(release).values())
    assert counts == Counter(dashboard=9, chart=102, dataset=20, database=1)


def test_what_became_of_each_field_is_told_once_for_each_asset():
    source = {
        "title": "A",
        "folders": [1],
        "css": None,
        "columns": {"a": {"format": "%Y"}, "b": {"format": "%m"}},
        "metadata": {"color": "red"},
    }
    target: dict[str, Any] = {"title": "A", "columns": {"a": {}, "b": {}}, "metadata": {"color": "blue"}}
    assert sorted(seen("dataset", source, target)) == [
        ("dataset", "columns.format", Fate.LOST),
        ("dataset", "folders", Fate.LOST),
        ("dataset", "metadata.color", Fate.CONVERTED),
    ]


# --- the page


def test_the_page_says_what_was_seen_and_which_pairs_were_not_run():
    result = Comparison(Counter(dashboard=1, chart=2), [], Counter({("dataset", "folders", Fate.LOST): 2}))
    losses = [{"kind": "unsupported_fields", "text": "No field for it.", "assets": ["a", "b"]}]
    text = page({"6.1-5.0": Report.of("6.1-5.0", result, losses)})
    assert "| **6.1** | not run | 3, 1 lost | not run | not run |" in text
    assert "* Lost: `dataset.folders` (2)" in text
    assert "* The plan says: No field for it. (2)" in text


def test_the_page_says_what_became_of_all_that_hangs_on_a_dashboard():
    result = Comparison(Counter(dashboard=1), [], Counter({("dataset", "folders", Fate.LOST): 1}))
    found = Hanging.of(["owners", "themes"], {"owners"}, result, [{"text": "Themes do not.", "assets": ["a"]}])
    report = replace(Report.of("6.1-5.0", result, []), everything=asdict(found))
    text = page({"6.1-5.0": report})
    assert "| from - to | owners | themes |" in text
    assert "| **6.1 - 5.0** | travels | lost |" in text
    assert "| **5.0 - 6.1** | not run | not run |" in text
    assert (
        "The dashboard that has everything:\n\n* Lost: `dataset.folders` (1)\n* The plan says: Themes do not. (1)"
        in text
    )


def test_what_was_seen_before_stays_beside_what_is_seen_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fidelity, "SEEN", tmp_path)
    fidelity.save("6.1-6.1", counts={"chart": 1}, fields={}, losses={})
    fidelity.save("6.1-6.1", everything={"fates": {}})
    assert saved()["6.1-6.1"] == Report("6.1-6.1", {"chart": 1}, {}, {}, {"fates": {}})


def test_numbers_in_texts_are_compared_by_what_they_name():
    names = {("dataset", "5"): "dataset:a", ("dashboard", "7"): "dashboard:b", ("chart", "5"): "chart:c"}
    document = {
        "sql": "select * from {{ dataset(5) }}, {{ dataset(6) }} where {{ metric('x', 5) }}",
        "position": [{"code": "[a](/superset/dashboard/7/) [b](/explore/?slice_id=5)"}, 5],
    }
    assert with_names(document, lambda kind, number: names.get((kind, number))) == {
        "sql": "select * from {{ dataset(dataset:a) }}, {{ dataset(6) }} where {{ metric('x', dataset:a) }}",
        "position": [{"code": "[a](/superset/dashboard/dashboard:b/) [b](/explore/?slice_id=chart:c)"}, 5],
    }


def test_the_document_contains_what_the_tests_saw_and_nothing_else():
    assert fidelity.PAGE.read_text() == page(saved())


def test_two_servers_of_one_release_wait_for_its_template(tmp_path, monkeypatch):
    @contextmanager
    def booting(*_given):
        with subprocess.Popen(
            [sys.executable, "-c", "print('bare\\nfilled')"], stdout=subprocess.PIPE, text=True
        ) as process:
            yield process

    monkeypatch.setattr(template, "booting", booting)
    made = template.Template(tmp_path, Progress())
    with made.made(tmp_path):
        made.wait_for_bare()
        made.wait_for_bare()
        made.wait_for_filled()
    assert (tmp_path / "complete").exists()
