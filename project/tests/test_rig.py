"""The foundations of the demo, the real-server tests and the bench that need no Superset."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import urllib.request
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from rig import locks, paths, ports
from rig.bench.stopwatch import Bound, Goal, Stopwatch
from rig.check.canonical import Canonical
from rig.check.checker import differing
from rig.check.exports import Ids, files
from rig.demo.ports import Ports, ports_from_environment
from rig.demo.signals import signals_as_interrupt
from rig.errors import PortTaken, RigError
from rig.lockstep import Lockstep
from rig.processes import Process
from rig.servers import install
from rig.servers.tamper import editing, packed, tampering
from rig.service import Service

# --- processes and ports


@pytest.fixture
def sleeper():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield child
    child.kill()
    child.wait()


def test_a_process_is_found_again_and_stopped(sleeper, tmp_path):
    Process.of(sleeper.pid).save(tmp_path / "process.json")
    found = Process.load(tmp_path / "process.json")
    assert found.pid == sleeper.pid
    found.stop(grace=5)
    assert not found.alive()
    assert Process.load(tmp_path / "process.json") is None


def test_a_process_with_a_reused_number_is_never_signalled(sleeper, tmp_path):
    stranger = Process(sleeper.pid, "started some other time")
    stranger.save(tmp_path / "process.json")
    assert Process.load(tmp_path / "process.json") is None
    stranger.stop(grace=0.1)
    assert sleeper.poll() is None


def test_a_process_that_ignores_sigterm_is_killed():
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True) as stubborn:
        stubborn.stdout.readline()
        process = Process.of(stubborn.pid)
        process.stop(grace=0.2, group=True)
        assert not process.alive()


def test_a_broken_note_of_a_process_is_no_process(tmp_path):
    for text in ("", "{}", "[1]", '{"pid": 1}'):
        (tmp_path / "process.json").write_text(text)
        assert Process.load(tmp_path / "process.json") is None


def test_a_taken_port_is_reported_with_its_owner_and_how_to_choose_another():
    [free] = ports.free_ports(1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        with pytest.raises(PortTaken) as raised:
            ports.require_free({"dev": free, "prod": taken}, advice="Choose others: make demo PROD_PORT=9")
    text = str(raised.value)
    assert f"Port {taken} for “prod”" in text
    assert f"process {os.getpid()}" in text
    assert "“dev”" not in text
    assert text.endswith("Choose others: make demo PROD_PORT=9")


def test_free_ports_are_free_and_different():
    found = ports.free_ports(3)
    assert len(set(found)) == 3
    ports.require_free(dict.fromkeys(map(str, found), found[0]), advice="")


@pytest.fixture
def no_demo_before(monkeypatch, tmp_path):
    """Whatever ports a demo of this machine remembers."""
    monkeypatch.setenv("LOCKSTEP_DEMO_DIR", str(tmp_path))


@pytest.mark.usefixtures("no_demo_before")
@pytest.mark.parametrize("given", ["0", "80", "70000", "x", "-1"])
def test_a_port_that_is_none_is_refused(monkeypatch, given):
    monkeypatch.setenv("DEV_PORT", given)
    with pytest.raises(RigError, match="DEV_PORT"):
        ports_from_environment()


@pytest.mark.usefixtures("no_demo_before")
@pytest.mark.parametrize("other", ["PROD_PORT", "LOCKSTEP_PORT"])
def test_each_server_needs_a_port_of_its_own(monkeypatch, other):
    monkeypatch.setenv("DEV_PORT", "9000")
    monkeypatch.setenv(other, "9000")
    with pytest.raises(RigError, match=f"DEV_PORT and {other} are both 9000"):
        ports_from_environment()


@pytest.mark.usefixtures("no_demo_before")
def test_the_demo_has_its_usual_ports_unless_others_are_set(monkeypatch):
    for name in ("DEV_PORT", "PROD_PORT", "LOCKSTEP_PORT"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("LOCKSTEP_PORT", "9000")
    ports = ports_from_environment()
    assert ports == Ports(8188, 8189, 9000)
    assert ports.advice == "Choose other ports: make demo DEV_PORT=8288 PROD_PORT=8289 LOCKSTEP_PORT=9100"


def test_a_lock_is_held_by_one_at_a_time_and_names_its_holder(tmp_path):
    with locks.try_acquire(tmp_path / "lock") as first, locks.try_acquire(tmp_path / "lock") as second:
        assert (first, second) == (True, False)
        assert (tmp_path / "lock").read_text() == str(os.getpid())
    with locks.try_acquire(tmp_path / "lock") as again:
        assert again


def test_who_waits_for_a_lock_says_so_once(tmp_path):
    said = []
    with locks.acquire(tmp_path / "lock", on_wait=lambda: said.append("waits")):
        assert said == []
    held = f"f = open({str(tmp_path / 'lock')!r}, 'a'); fcntl.flock(f, 2)"
    code = f"import fcntl, time; {held}; print(1, flush=True); time.sleep(0.3)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        with locks.acquire(tmp_path / "lock", on_wait=lambda: said.append("waits")):
            assert said == ["waits"]


# --- installing


def test_another_python_than_superset_runs_on_is_reported_with_what_to_do(monkeypatch, tmp_path):
    python = tmp_path / "python3.14"
    python.write_text("#!/bin/sh\necho 3.14\n")
    python.chmod(0o755)
    monkeypatch.setenv("SUPERSET_PYTHON", str(python))
    with pytest.raises(RigError) as raised:
        install.interpreter()
    assert "only on Python 3.11 or 3.12" in str(raised.value)
    assert f"{python} is Python 3.14" in str(raised.value)
    assert "SUPERSET_PYTHON=/path/to/python3.11" in str(raised.value)


def test_a_python_that_does_not_run_is_passed_over(monkeypatch, tmp_path):
    monkeypatch.setenv("SUPERSET_PYTHON", str(tmp_path / "nothing"))
    with pytest.raises(RigError, match="does not run"):
        install.interpreter()


def test_superset_gets_none_of_our_settings(monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    assert not {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH"} & paths.environment().keys()


def test_the_rig_keeps_its_files_in_the_chosen_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("LOCKSTEP_DEMO_DIR", str(tmp_path / "here"))
    assert paths.superset_venv().parent == tmp_path / "here"
    monkeypatch.delenv("LOCKSTEP_DEMO_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert paths.home() == tmp_path / "lockstep"


# --- Lockstep beside the demo


@pytest.fixture
def running(tmp_path):
    running = Service("run", tmp_path)
    yield running
    running.stop()


def test_lockstep_runs_beside_the_demo_and_is_found_again_by_the_next_one(running, tmp_path):
    [port] = ports.free_ports(1)
    lockstep = Lockstep(tmp_path / "data")
    running.start(lockstep, "run", "--port", str(port))
    running.wait_for_output("Working with")
    assert lockstep.json("task", "list") == []
    assert ask(f"http://127.0.0.1:{port}/admin/login/")
    process = running.process()
    again = Service("run", tmp_path)
    assert again.process() == process
    again.stop()
    assert not process.alive()
    assert again.process() is None
    assert running.tail().endswith("Stopped.")


def test_lockstep_that_does_not_start_is_reported_with_the_end_of_its_log(running, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        running.start(Lockstep(tmp_path / "data"), "run", "--port", str(server.getsockname()[1]))
        with pytest.raises(RigError, match=r"(?s)did not start.*run\.log ends with:.*is already in use"):
            running.wait_for_output("Working with")


# --- the checker

DATASET, CHART, OTHER = "d" * 8, "c" * 8, "e" * 8
HERE = Ids({"dashboard": {1: "a" * 8}, "chart": {10: CHART, 11: OTHER}, "dataset": {20: DATASET}, "database": {}})
THERE = Ids({"dashboard": {7: "a" * 8}, "chart": {70: CHART, 71: OTHER}, "dataset": {2: DATASET}, "database": {}})


def dashboard(chart: int, other: int, dataset: int) -> dict:
    return {
        "dashboard_title": "Sales",
        "position": {"CHART-1": {"type": "CHART", "meta": {"chartId": chart, "uuid": CHART}}},
        "metadata": {
            "chart_configuration": {str(chart): {"id": chart, "crossFilters": {"chartsInScope": [other, chart]}}},
            "native_filter_configuration": [{"chartsInScope": [other], "scope": {"excluded": [chart]}}],
            "chart_customization_config": [{"targets": [{"datasetId": dataset}]}],
            "default_filters": "{}",
        },
    }


def canonical(ids: Ids, document: dict) -> dict:
    return Canonical(ids, strict=False).of("dashboard", document, {})


def test_the_same_dashboard_under_other_numbers_is_the_same():
    assert list(differing(canonical(HERE, dashboard(10, 11, 20)), canonical(THERE, dashboard(70, 71, 2)))) == []


@pytest.mark.parametrize("wrong", [(71, 70, 2), (70, 70, 2), (70, 71, 3)])
def test_a_number_that_points_elsewhere_is_a_difference(wrong):
    assert list(differing(canonical(HERE, dashboard(10, 11, 20)), canonical(THERE, dashboard(*wrong))))


def test_a_number_that_points_at_nothing_is_a_problem_on_the_target():
    checked = Canonical(THERE, strict=True)
    checked.of("dashboard", dashboard(70, 99, 2), {})
    assert checked.problems == ["dashboard Sales: refers to chart 99, which does not exist"] * 2


def test_a_chart_must_name_its_own_dataset_and_itself():
    checked = Canonical(THERE, strict=True)
    chart = {"uuid": CHART, "slice_name": "Girls", "dataset_uuid": DATASET}
    checked.of("chart", {**chart, "params": {"datasource": "2__table", "slice_id": 70}}, {})
    assert checked.problems == []
    checked.of("chart", {**chart, "params": {"datasource": "3__table", "slice_id": 71}}, {})
    assert len(checked.problems) == 2


def test_files_of_an_export_are_found_by_uuid_not_by_name():
    bundle = packed(
        {"e/metadata.yaml": b"version: 1.0.0", "e/charts/Girls_4.yaml": b"uuid: u1\n", "e/themes/x.yaml": b"uuid: u2\n"}
    )
    assert files(bundle) == {("chart", "u1"): b"uuid: u1\n"}


# --- the proxy


class Echo(BaseHTTPRequestHandler):
    """Responds to a POST with its body, to a GET with a ZIP."""

    def do_POST(self) -> None:
        self.answer(self.rfile.read(int(self.headers["Content-Length"])))

    def do_GET(self) -> None:
        self.answer(packed({"e/charts/a.yaml": b"uuid: u1\n"}))

    def answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def echo():
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def rename(found: dict[str, bytes]) -> None:
    found["e/charts/a.yaml"] = b"uuid: u2\n"


def ask(url: str, body: bytes | None = None, content_type: str = "") -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, body, {"Content-Type": content_type} if body else {})) as answer:
        return answer.read()


def test_the_proxy_spoils_uploads_and_nothing_else(echo):
    form = b'--b\r\nContent-Disposition: form-data; name="bundle"\r\n\r\n%s\r\n--b--\r\n' % packed(
        {"e/charts/a.yaml": b"uuid: u1\n"}
    )
    kind = "multipart/form-data; boundary=b"
    with tampering(echo, upload=editing(rename)) as proxy:
        spoiled = ask(f"{proxy.url}/api/v1/assets/import/", form, kind)
        assert ask(f"{proxy.url}/api/v1/chart/", form, kind) == form
        assert ask(f"{proxy.url}/api/v1/chart/export/") == packed({"e/charts/a.yaml": b"uuid: u1\n"})
        assert proxy.spoiled == 1
    assert spoiled.startswith(b"--b\r\n")
    assert spoiled.endswith(b"\r\n--b--\r\n")
    with zipfile.ZipFile(io.BytesIO(spoiled[spoiled.index(b"PK") : -len(b"\r\n--b--\r\n")])) as archive:
        assert archive.read("e/charts/a.yaml") == b"uuid: u2\n"


def test_the_proxy_spoils_exports(echo):
    with tampering(echo, download=lambda _: b"Hello") as proxy:
        assert ask(f"{proxy.url}/api/v1/chart/export/?q=!(1)") == b"Hello"


# --- the bench


def test_the_table_of_times_says_what_was_reached():
    watch = Stopwatch()
    watch.times.update({"plan": [2.0, 4.0, 3.0], "raw": [2.0, 2.0, 2.0]})
    assert "| plan | 3.00 | 2.00–4.00 |" in watch.table().splitlines()
    verdicts = watch.verdicts([Goal("plan", "raw", 1.3), Goal("plan", "raw", 1.5), Goal("plan", "not measured", 1)])
    assert verdicts.splitlines()[2:] == ["| plan ≤ 1.3 × raw | 1.50 × | ✗ |", "| plan ≤ 1.5 × raw | 1.50 × | ✓ |"]
    bounds = [Bound("web", 101.4, 100, "MB"), Bound("sync", 1.25, 2, "s")]
    assert watch.verdicts([], bounds).splitlines()[2:] == [
        "| web ≤ 100 MB | 101 MB | ✗ |",
        "| sync ≤ 2 s | 1.25 s | ✓ |",
    ]


def test_sigterm_ends_the_demo_like_ctrl_c():
    before = signal.getsignal(signal.SIGTERM)
    try:
        with signals_as_interrupt(), pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
