"""Invalid input is refused in one sentence, and nothing is written."""

from __future__ import annotations

import http.server
import io
import socket
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from project.tests.real.world import BIRTHS, CommandResult, World, edit_json, find
from rig.check.checker import snapshot
from rig.ports import free_ports
from rig.servers.tamper import Spoil, editing, packed, tampering

ALIASES = 9
MEGABYTE = 2**20


@pytest.fixture
def untouched(world: World) -> Iterator[World]:
    """Check afterwards that prod received no write and is unchanged."""
    before = snapshot(world.prod)
    _, prod = world.logs()
    yield world
    assert prod.writes() == []
    assert before.changed(snapshot(world.prod)) == set()


# --- invalid exports


def root_of(files: dict[str, bytes]) -> str:
    return next(iter(files)).split("/")[0]


def slip(files: dict[str, bytes]) -> None:
    files[f"{root_of(files)}/../../../slipped.yaml"] = b"a: 1\n"


def absolute(files: dict[str, bytes]) -> None:
    files["/tmp/slipped.yaml"] = b"a: 1\n"


def broken_yaml(files: dict[str, bytes]) -> None:
    name = next(name for name in files if "/charts/" in name)
    files[name] = b"slice_name: [unclosed\nuuid: : :\n"


def alias_bomb(files: dict[str, bytes]) -> None:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    for level in range(1, ALIASES):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]")
    files[f"{root_of(files)}/charts/laughs.yaml"] = "\n".join(lines).encode()


def lacking_dataset(files: dict[str, bytes]) -> None:
    for name in [name for name in files if "/datasets/" in name]:
        del files[name]


def bomb(_: bytes) -> bytes:
    """400 MB of zeros in less than 1 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("e/charts/zeros.yaml", "w") as stream:
        for _megabyte in range(400):
            stream.write(bytes(MEGABYTE))
    return out.getvalue()


SPOILERS: dict[str, Spoil] = {
    "no ZIP": lambda _: b"Hello",
    "nothing": lambda _: b"",
    "an empty ZIP": lambda _: packed({}),
    "names that climb": editing(slip),
    "absolute names": editing(absolute),
    "a ZIP bomb": bomb,
    "broken YAML": editing(broken_yaml),
    "a YAML bomb": editing(alias_bomb),
    "a missing dataset": editing(lacking_dataset),
}


@pytest.mark.parametrize("spoil", SPOILERS.values(), ids=SPOILERS)
def test_a_bad_export_is_refused(untouched: World, spoil: Spoil):
    with tampering(untouched.pair.dev.url, download=spoil) as proxy:
        assert untouched.register("spoiled", proxy.url).code == 0
        planned = untouched.plan(BIRTHS, source="spoiled")
        assert proxy.spoiled > 0
    assert planned.sentence.startswith("spoiled") or "plan was refused" in planned.sentence
    assert untouched.run("migration", "list", "--format", "json").stdout.strip() in ("[]", '{"migrations": []}')


# --- invalid requests


@pytest.mark.parametrize("name", ["no-such-slug", "4711", "00000000-0000-4000-8000-000000000000"])
def test_an_unknown_dashboard_is_named(untouched: World, name: str):
    assert name in untouched.plan(name).sentence


@pytest.mark.parametrize(("source", "target"), [("dev", "nowhere"), ("nowhere", "prod"), ("prod", "prod")])
def test_an_environment_that_cannot_be_meant_is_refused(untouched: World, source: str, target: str):
    assert untouched.plan(BIRTHS, source=source, target=target).sentence


def test_a_stale_plan_is_not_applied(world: World):
    world.migrate(BIRTHS)
    girls = find(world.dev, "chart", slice_name="Girls")
    edit_json(world.dev, "chart", girls, "params", lambda params: params.update(row_limit=3))
    planned = world.plan(BIRTHS)
    boys = find(world.prod, "chart", slice_name="Girls")
    edit_json(world.prod, "chart", boys, "params", lambda params: params.update(row_limit=5))
    before, (_, prod) = snapshot(world.prod), world.logs()
    assert "Girls" in world.apply(planned.migration).sentence
    assert prod.writes() == []
    assert before.changed(snapshot(world.prod)) == set()


def test_a_checksum_that_differs_is_not_applied(untouched: World):
    planned = untouched.plan(BIRTHS)
    checksum = planned.document["plan"]["checksum"]
    other = checksum.translate(str.maketrans("0123456789abcdef", "123456789abcdef0"))
    assert "checksum" in untouched.apply(planned.migration, "--checksum", other).sentence


def test_without_the_explicit_word_nothing_is_applied(untouched: World):
    planned = untouched.plan(BIRTHS)
    dry_run = untouched.run("migration", "apply", str(planned.migration))
    assert dry_run.code == 2
    assert "--yes" in dry_run.stdout


# --- unreachable servers


def test_a_wrong_password_is_reported_and_nothing_is_stored(untouched: World):
    with tampering(untouched.pair.prod.url) as proxy:  # one address belongs to one environment
        answer = untouched.register("elsewhere", proxy.url, password="wrong-password")
    assert "elsewhere" in answer.sentence
    assert "wrong-password" not in answer.stdout + answer.stderr
    assert "elsewhere" not in untouched.run("environment", "list").stdout


def test_an_address_where_nobody_listens_is_reported(untouched: World):
    [port] = free_ports(1)
    answer = untouched.register("elsewhere", f"http://127.0.0.1:{port}")
    assert "refused" in answer.sentence


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "not an address", "http://", "http://admin:secret@127.0.0.1"])
def test_an_address_that_is_none_is_reported(untouched: World, url: str):
    answer = untouched.register("elsewhere", url)
    assert "secret" not in answer.sentence


def test_an_address_that_is_no_superset_is_reported(untouched: World):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Greeting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        answer = untouched.register("elsewhere", f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
    assert "Superset" in answer.sentence


class Greeting(http.server.BaseHTTPRequestHandler):
    """Another web server: 200 and HTML for every request."""

    def do_GET(self) -> None:
        page = b"<html><body>Welcome</body></html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module", autouse=True)
def silent(pair, workshop, registered) -> Iterator[Future[CommandResult]]:
    """The result for a host that accepts and never responds, started early because it takes long."""
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        world = World(pair, workshop.copy(registered))
        yield pool.submit(world.register, "silent", f"http://127.0.0.1:{server.getsockname()[1]}")


def test_a_host_that_never_answers_is_given_up(silent: Future[CommandResult]):
    assert "no response within" in silent.result(timeout=200).sentence
