"""What the tools see: faults planted in the app `migrations`, which they usually skip; of the tests, those meant."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


def run(*command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        input=stdin,
        cwd=CHECKOUT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "project.settings_test", "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )


def ruff(name: str) -> subprocess.CompletedProcess[str]:
    return run("ruff", "check", "--no-cache", "--force-exclude", "--stdin-filename", name, "-", stdin="import os\n")


def test_ruff_sees_the_app():
    assert "F401" in ruff("apps/migrations/services/planted.py").stdout


def test_ruff_leaves_schema_migrations_alone():
    assert ruff("apps/migrations/migrations/0002_planted.py").returncode == 0


def test_mypy_sees_the_app(tmp_path):
    planted = tmp_path / "planted.py"
    original = "apps/migrations/status.py"
    planted.write_text((CHECKOUT / original).read_text() + '\nPLANTED: int = "no number"\n')
    told = run("mypy", "--shadow-file", original, str(planted))
    assert f"{original}:" in told.stdout, told.stdout + told.stderr
    assert "migrations/0001_initial.py" not in told.stdout


def test_coverage_sees_the_app_but_no_schema_migrations(tmp_path):
    data, script = f"--data-file={tmp_path / 'data'}", tmp_path / "script.py"
    script.write_text(
        "import importlib, django\n"
        "django.setup()\n"
        "importlib.import_module('apps.migrations.status')\n"
        "importlib.import_module('apps.migrations.migrations.0001_initial')\n"
    )
    assert run("coverage", "run", data, str(script)).returncode == 0
    assert run("coverage", "json", data, "-o", str(tmp_path / "told.json")).returncode == 0
    measured = json.loads((tmp_path / "told.json").read_text())["files"]
    assert measured["apps/migrations/status.py"]["summary"]["covered_lines"] > 0
    assert not [name for name in measured if "0001_initial" in name]


def test_on_a_second_database_run_those_with_access_to_it_and_six_rows_of_a_long_table():
    pure, mixed = "apps/freezes/tests/test_calendar.py", "project/tests/test_storage.py"
    long = "project/tests/test_admin_pages.py"
    told = run("pytest", "-n", "0", "-q", "--collect-only", "--of-database", pure, mixed, long).stdout
    assert pure not in told
    assert f"{mixed}::test_a_postgresql_database_exists_once_it_has_our_tables" in told
    assert f"{mixed}::test_the_data_directory_is_outside_of_the_checkout_by_default" not in told
    assert told.count(f"{long}::test_a_list_costs_what_is_written_here[") == 6
