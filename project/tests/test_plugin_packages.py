"""Plugins as packages of their own: the example, and what `plugins new` writes, installed and run like anybody's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from apps.core.tests.pages import Pages
from apps.plugins.installation import get_plugin, refresh_records
from apps.plugins.registry import registry
from apps.plugins.services import set_enabled, store_settings
from apps.tasks.models import TaskState
from apps.tasks.services import start_task
from apps.tasks.tests.real_worker import RealWorker, followed

CHECKOUT = Path(__file__).parents[2]
EXAMPLE = CHECKOUT / "docs" / "examples" / "lockstep-webhook"
TOKEN = "quite-a-secret-token"


def install(package: Path, place: Path) -> None:
    """Into a folder of its own, with nothing fetched: what builds it is in our own lock file."""
    words = ("pip", "install", "--quiet", "--offline", "--no-deps", "--no-build-isolation")
    command = [str(Path(sys.executable).parent / "uv"), *words, "--python", sys.executable, "--target", str(place)]
    subprocess.run([*command, str(package)], check=True)


def run_tests(package: Path) -> subprocess.CompletedProcess[str]:
    """As its author would: without settings, without a database."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PYTEST_"))}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:django", "-p", "no:cacheprovider"]
    paths = os.pathsep.join([str(package), str(CHECKOUT)])
    return subprocess.run(
        command, cwd=package, env=kept | {"PYTHONPATH": paths}, capture_output=True, text=True, check=False
    )


class Room(HTTPServer):
    """Where messages are posted to. `heard` has (authorization, message)."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Door)
        self.heard: list[tuple[str, dict]] = []
        self.url = f"http://127.0.0.1:{self.server_port}/hook"


class Door(BaseHTTPRequestHandler):
    server: Room

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        authorization = self.headers["Authorization"]
        self.server.heard.append((authorization, message))
        self.send_response(200 if authorization == f"Bearer {TOKEN}" else 403)
        self.end_headers()
        self.wfile.write(f"heard {authorization}".encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def room():
    opened = Room()
    thread = threading.Thread(target=opened.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield opened
    opened.shutdown()
    thread.join()
    opened.server_close()


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder on the path of this process, for packages to be installed into."""
    place = tmp_path / "site"
    place.mkdir()
    monkeypatch.syspath_prepend(place)
    registry.cache_clear()
    yield place
    registry.cache_clear()


@pytest.fixture
def worker(site, data_dir):
    """Started when it is called, so that it finds what is installed by then."""
    started = []
    yield lambda: started.append(RealWorker(site, data_dir))
    for each in started:
        each.close()


def test_the_example_is_installed_set_up_and_run_by_a_real_worker(transactional_db, author, site, room, worker):
    install(EXAMPLE, site)
    plugin = get_plugin("webhook")
    assert (plugin.version, plugin.enabled) == ("1.0.0", False)
    set_enabled(actor=author, plugin=plugin, enabled=True)
    store_settings(actor=author, plugin=plugin, changes={"url": room.url, "token": TOKEN})
    worker()
    params = {"text": f"the token is {TOKEN}", "urgency": "high", "mentions": ["ann"]}
    task = followed(start_task(actor=author, plugin="webhook", action="announce", params=params))
    assert (task.state, task.result) == (TaskState.SUCCEEDED, {"status": 200})
    ((authorization, message),) = room.heard
    assert authorization == f"Bearer {TOKEN}"
    assert message == {
        "text": f"@ann the token is {TOKEN}",
        "urgency": "high",
        "environment": None,
        "task": task.pk,
        "by": "author",
    }
    told = " ".join(task.lines.values_list("text", flat=True))
    assert "answered 200: heard Bearer ********" in told
    assert TOKEN not in told
    assert [stage["name"] for stage in task.stages] == ["compose", "send"]
    assert task.artifacts.get().name == "message.json"


def test_a_failure_of_the_example_is_announced(transactional_db, author, site, room, worker):
    install(EXAMPLE, site)
    plugin = get_plugin("webhook")
    set_enabled(actor=author, plugin=plugin, enabled=True)
    store_settings(actor=author, plugin=plugin, changes={"url": room.url, "token": "another-token"})
    worker()
    task = followed(start_task(actor=author, plugin="webhook", action="announce", params={"text": "hello"}))
    assert task.state == TaskState.FAILED
    assert task.error["sentence"] == f"{room.url} refused the message with 403: check address and token."


def test_a_plugin_that_is_uninstalled_is_missing_and_can_come_back(db, site):
    install(EXAMPLE, site)
    assert get_plugin("webhook").state == "ready"
    for folder in site.glob("lockstep_webhook*"):
        shutil.rmtree(folder)
    registry.cache_clear()
    gone = get_plugin("webhook")
    assert (gone.state, gone.reason) == ("missing", "It is no longer installed. The last version was 1.0.0.")
    install(EXAMPLE, site)
    registry.cache_clear()
    assert get_plugin("webhook").state == "ready"


BAD = {
    "leaves": "raise SystemExit(1)",
    "explodes": "class Worst(BaseException):\n    pass\nraise Worst('no')",
    "does_not_parse": "plugin = (",
    "talks_nonsense": "plugin = {'slug': 'talks_nonsense', 'actions': 7}",
    "is_of_another_time": "from apps.plugins.base import Plugin\n"
    "plugin = Plugin(slug='is_of_another_time', title='T', version='1', actions=(), api_version=99)",
    "has_gone": None,
}


def test_bad_plugins_stop_neither_site_nor_worker_nor_admin(transactional_db, author, site, worker):
    for name, code in BAD.items():
        put(site, name, code)
    put(site, "good", GOOD)
    assert {row.slug for row in refresh_records() if row.state == "broken"} == set(BAD)
    set_enabled(actor=author, plugin=get_plugin("good"), enabled=True)
    worker()
    assert followed(start_task(actor=author, plugin="good", action="act", params={})).state == TaskState.SUCCEEDED
    page = Pages(author).see("plugins/pluginrecord/")
    assert all(name in page for name in BAD)
    assert "version 99 of the plugin contract" in Pages(author).see()
    answer = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=CHECKOUT,
        env=os.environ | {"PYTHONPATH": str(site), "DJANGO_SETTINGS_MODULE": "project.settings_test"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, answer.stderr.count("plugins.W001")) == (0, len(BAD))


GOOD = """
from dataclasses import dataclass
from apps.plugins.base import Action, Plugin

@dataclass(frozen=True)
class Nothing:
    pass

act = Action(slug="act", title="Act", params=Nothing, run=lambda context, params: context.log("acted"))
plugin = Plugin(slug="good", title="Good", version="1", actions=(act,))
"""


def put(site: Path, name: str, code: str | None) -> None:
    """What an installer leaves of a distribution with one module."""
    folder = site / f"{name}-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (folder / "entry_points.txt").write_text(f"[lockstep.plugins]\n{name} = plugin_that_{name}:plugin\n")
    if code is not None:
        (site / f"plugin_that_{name}.py").write_text(code)


def test_the_tests_of_the_example_pass_without_lockstep_running(tmp_path):
    done = run_tests(shutil.copytree(EXAMPLE, tmp_path / "example"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


def test_what_plugins_new_writes_passes_its_test_and_works(manage, author, tmp_path, site, db):
    code, told, _ = manage("plugins", "new", "big_ben", "--in", tmp_path)
    package = tmp_path / "lockstep-big-ben"
    assert (code, str(package) in told) == (0, True)
    done = run_tests(package)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout
    install(package, site)
    registry.cache_clear()
    assert manage("plugins", "enable", "big_ben")[1] == "“Big ben” is enabled.\n"
    assert manage("plugins", "settings", "big_ben", "--set", "greeting=Hi")[0] == 0
    assert manage("plugins", "check", "big_ben")[0] == 0
