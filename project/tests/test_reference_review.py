"""What the review of an installed Superset finds in its source, and what it makes of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from rig.errors import RigError
from rig.references import __main__ as command
from rig.references import names, package, page, reasons, review, routes, table
from rig.references.package import Package
from rig.references.reasons import Reason

SCRIPT = """
let e={name:"deck_slices",config:{type:"SelectAsyncControl",multi:!0}},
t=[{name:"row_limit",config:{type:"SelectControl"}},{name:"free",config:(0,r.t)({},x)}];
f(e.reportId,e["target_slices"],{chartsInScope:[1],slice_name:"x"},n.rowLimit);
a({path:"/superset/report/:reportId/"});let q={path:"/chart/list/"};
"""

VIEWS = """
class Chart(BaseSupersetModelRestApi):
    resource_name = "chart"

    @expose("/<pk>/favorites/", methods=("POST",))
    def add(self, pk): ...

    @expose("/data", methods=("POST",))
    def data(self): ...

class ChartData(Chart):
    @expose("/<int:pk>/data/")
    def get(self, pk): ...

class Superset(BaseView):
    route_base = "/superset"

    @expose("/slice/<int:slice_id>/")
    def slice(self, slice_id): ...

class Reports(BaseView):
    @expose("/<pk>/log/")
    def log(self, pk): ...

class Schema(Marshmallow):
    theme_id = fields.Integer()
    title = fields.String()

def read(data, slice_id):
    local_id = compute()
    return data["dataset_id"], data.get("owner_ids"), "layer" in data, {"dashboards": 1, "name": 2}, data.get(slice_id)
"""

REWRITES = "def upgrade(slc):\n    slc.params = dict(x['old_slices'])\n"
LEAVES = "def upgrade():\n    op.add_column('old_id')\n    x = y['other_id']\n"


@pytest.fixture
def superset(tmp_path: Path) -> Package:
    files = {
        "static/assets/1.chunk.js": SCRIPT,
        "charts/api.py": VIEWS,
        "migrations/versions/2030-01-01_a.py": REWRITES,
        "migrations/versions/2030-01-02_b.py": LEAVES,
        "examples/data.py": 'x["example_id"]',
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Package(tmp_path)


def test_every_control_is_found_and_its_kind(superset: Package):
    assert set(names.controls(superset)) == {"deck_slices", "row_limit", "free"}
    assert set(names.control_types(superset)) == {"SelectAsyncControl", "SelectControl"}


def test_keys_of_the_front_end_are_found_where_they_name_a_number(superset: Package):
    found = names.front_end(superset)
    assert set(found) == {"deck_slices", "reportId", "target_slices", "chartsInScope"}
    assert found["reportId"] == {"1.chunk.js"}


def test_keys_of_the_server_are_found_in_every_spelling(superset: Package):
    assert set(names.back_end(superset)) == {"dataset_id", "owner_ids", "layer", "dashboards", "theme_id"}


def test_only_migrations_of_documents_count(superset: Package):
    assert set(names.rewriters(superset)) == {"migrations/versions/2030-01-01_a.py"}
    assert set(names.migrations(superset)) == {"old_slices"}


def test_addresses_are_put_together_as_the_server_does(superset: Package):
    assert set(routes.addresses(superset)) == {
        "/api/v1/chart/<pk>",
        "/api/v1/chart/<pk>/favorites/",
        "/api/v1/chart/<int:pk>/data/",
        "/superset/slice/<int:slice_id>/",
        "/reports/<pk>/log/",
        "/superset/report/:reportId/",
    }


def test_an_address_is_known_where_a_link_to_it_would_be_found():
    known = (
        "/superset/slice/<int:slice_id>/",
        "/api/v1/dashboard/<id_or_slug>/charts",
        "/datasource/get/<datasource_type>/<datasource_id>/",
        "/superset/dashboard/:idOrSlug/",
    )
    assert all(map(table.is_known_address, known))
    assert not table.is_known_address("/superset/report/:reportId/")


def test_names_of_the_table_and_of_addresses_are_known():
    assert {"deck_slices", "chartsInScope", "datasetId", "slice_id", "permalink_key"} <= table.known_names()
    assert not {"*", "**", "{}"} & table.known_names()


def test_what_is_neither_known_nor_explained_is_reported_with_its_files(superset: Package):
    found = {each.what: each for each in review.review(superset, [Reason("front_end", "why", frozenset({"reportId"}))])}
    front_end = found["keys in the front end"]
    assert not front_end.is_settled
    assert front_end.lines == [
        "✗ keys in the front end: 4, 2 in the table, 1 explained",
        "  missing: target_slices (1.chunk.js)",
    ]


def test_a_reason_for_one_origin_explains_nothing_in_another():
    other = [Reason("back_end", "why", frozenset({"reportId"}))]
    assert reasons.unexplained("front_end", ["reportId"], other) == ["reportId"]


def test_a_reason_for_what_is_not_there_any_more_is_reported(superset: Package):
    rows = reasons.read('[[front_end]]\nwhy = "w"\nnames = "reportId gone_id"\npatterns = ["^target_", "^none$"]')
    found = {each.what: each for each in review.review(superset, rows)}["keys in the front end"]
    assert found.missing == ()
    assert found.unused == ("^none$", "gone_id")
    assert not found.is_settled


def test_the_command_ends_with_1_until_all_is_settled(
    superset: Package, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(command, "installed", lambda: superset)
    monkeypatch.setattr(reasons, "FILE", tmp_path / "reasons.toml")
    every = "\n".join(f'[[{origin}]]\nwhy = "w"\npatterns = ["."]' for origin in review.ORIGINS)
    reasons.FILE.write_text("")
    assert command.main([]) == 1
    assert "  missing: target_slices (1.chunk.js)" in capsys.readouterr().out.splitlines()
    reasons.FILE.write_text(every)
    assert command.main(["--list"]) == 0
    assert "  target_slices: 1.chunk.js" in capsys.readouterr().out.splitlines()


def test_another_release_is_read_from_its_folder(superset: Package, capsys: pytest.CaptureFixture[str]):
    assert command.main(["--superset", str(superset.root)]) == 1
    assert "  missing: target_slices (1.chunk.js)" in capsys.readouterr().out.splitlines()
    assert command.main(["--superset", str(superset.root / "charts")]) == 1
    assert "is not an installed Superset" in capsys.readouterr().err


def test_without_an_installed_superset_the_command_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("LOCKSTEP_DEMO_DIR", str(tmp_path))
    with pytest.raises(RigError, match="make demo"):
        package.installed()
    assert command.main([]) == 1
    assert "make demo" in capsys.readouterr().err


def test_every_reason_is_given_once_and_for_a_known_origin():
    rows = reasons.read(reasons.FILE.read_text())
    assert rows
    assert {row.origin for row in rows} <= set(review.ORIGINS)
    assert all(row.why.endswith(".") and (row.names or row.patterns) for row in rows)
    listed = Counter((row.origin, name) for row in rows for name in row.names)
    assert [each for each, times in listed.items() if times > 1] == []


def test_no_reason_speaks_of_what_the_table_has():
    rows = reasons.read(reasons.FILE.read_text())
    known = table.known_names()
    assert {name for row in rows if row.origin != "control_types" for name in row.names & known} == set()


def test_the_page_says_what_the_tables_say():
    """Else: `make references WRITE=1`."""
    text = page.PAGE.read_text()
    assert page.with_tables(text) == text
