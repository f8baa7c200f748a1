"""The wheel holds what an installation needs and nothing else, and Lockstep runs from it."""

from __future__ import annotations

import re
import signal
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from project.tests.package.conftest import Browser, Operator, RunningInstalled, build
from project.tests.running import CHECKOUT, PATIENCE, is_gone

pytestmark = pytest.mark.package

LEFT_OUT = re.compile(r"(^|/)tests/|^project/settings_test")
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@pytest.fixture
def running(operator: Operator) -> Iterator[RunningInstalled]:
    run = RunningInstalled(operator)
    try:
        run.ready()
        yield run
    finally:
        run.kill()


def names_of(archive: Path) -> set[str]:
    if archive.suffix == ".whl":
        return set(zipfile.ZipFile(archive).namelist())
    with tarfile.open(archive) as opened:
        return {name.partition("/")[2] for name in opened.getnames()}


def tracked(*folders: str) -> set[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *folders]
    return set(subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True, text=True).stdout.split())


def is_styled(browser: Browser, page: str) -> bool:
    files = browser.files_of(page)
    wrong = {
        path: (answer.status_code, answer.headers.get("Content-Type"))
        for path, answer in files.items()
        if answer.status_code != 200 or TYPES.get(Path(path).suffix, "") not in answer.headers["Content-Type"]
    }
    assert wrong == {}
    return any(path.startswith("/static/lockstep/") and path.endswith(".css") for path in files)


def test_the_wheel_has_every_file_of_the_program_and_none_of_its_tests(wheel):
    packed = {name for name in names_of(wheel) if ".dist-info/" not in name}
    program = {name for name in tracked("apps", "project") if not LEFT_OUT.search(name)}
    built = {str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "static" / "app").rglob("*") if path.is_file()}
    assert "static/app/index.html" in built
    beside = {f"project/bundled/{name}" for name in tracked("templates", "static", "locale") | built}
    assert "apps/migrations/migrations/0001_initial.py" in program
    assert "apps/superset/releases/importer_schemas/v6_1.json" in program
    assert packed == program | beside


def test_the_source_archive_builds_the_same_wheel(wheel, tmp_path):
    archive = build("sdist", CHECKOUT, tmp_path / "sdist")
    unpacked = tmp_path / "unpacked"
    with tarfile.open(archive) as opened:
        opened.extractall(unpacked, filter="data")
    again = build("wheel", next(unpacked.iterdir()), tmp_path / "wheel")
    assert names_of(again) == names_of(wheel)
    assert [name for name in names_of(archive) if LEFT_OUT.search(name)] == []


def test_every_module_of_the_wheel_can_be_imported(operator, wheel):
    modules = [
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in names_of(wheel)
        if name.endswith(".py") and "/migrations/0" not in name
    ]
    script = f"import django, importlib; django.setup(); [importlib.import_module(name) for name in {modules!r}]"
    done = subprocess.run(
        [str(operator.python), "-c", script],
        env=operator.environment(DJANGO_SETTINGS_MODULE="project.settings"),
        cwd=operator.home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_commands_work_without_a_checkout_and_without_settings(operator):
    assert operator.run("check").stdout == "System check identified no issues (0 silenced).\n"
    refused = operator.run("migration", "list")
    assert (refused.returncode, "Run `" in refused.stderr, "migrate` first." in refused.stderr) == (1, True, True)
    assert operator.run("migrate", "--verbosity", "0").returncode == 0
    listed = operator.run("migration", "list")
    assert (listed.returncode, listed.stdout.startswith("No migrations yet.")) == (0, True), listed.stderr
    assert {each.name for each in operator.home.iterdir()} == {".local"}
    assert (operator.data / "lockstep.sqlite3").is_file()


def test_a_command_about_the_sources_says_that_there_are_none(operator):
    refused = operator.run("contracts", "check")
    assert refused.returncode == 1
    assert "is not a checkout" in refused.stderr


def test_the_admin_opens_with_its_styles_from_an_installed_wheel(operator, running):
    browser = Browser(f"http://127.0.0.1:{running.port}")
    operator.create_admin()
    assert is_styled(browser, browser.see("/admin/login/"))

    overview = browser.sign_in()
    assert overview.url.endswith("/admin/")
    assert "ada" in overview.text
    assert is_styled(browser, overview.text)
    assert "--color" in browser.files_of(overview.text)["/static/lockstep/admin.css"].text

    task = browser.start("retention", "prune")
    assert is_styled(browser, browser.see(f"/admin/tasks/task/{task}/"))

    missing = browser.see("/admin/nowhere/", status=404)
    assert "Page not found" in missing
    assert is_styled(browser, missing)


def test_sigterm_ends_an_installed_lockstep(running):
    family = running.all()
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(PATIENCE) == 0
    assert running.told.endswith("Stopped.\n")
    assert [pid for pid in family if not is_gone(pid)] == []
