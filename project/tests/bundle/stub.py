"""A Lockstep of one file, with the commands that the scripts call: for everything but Lockstep itself, in seconds.

The wheel of a version can be told which commands fail: `backup`, `migrate`, `restore`, `check`, `doctor`, `web`; until
there is a file `mended` in the data directory. `killed` and `stopped`: `migrate` sends SIGKILL or SIGTERM to the script
that calls it. `closed`: it waits until the terminal has closed.
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

from project.tests.bundle.machine import Machine

OLD, NEW = "0.1.0", "0.2.0"

PROGRAM = """\
import http.server, json, os, signal, sys, time
from pathlib import Path

VERSION, FAULTS = {version!r}, {faults!r}
DATA = Path(os.environ["LOCKSTEP_DATA_DIR"])
TABLES, PEOPLE = DATA / "tables", DATA / "people"


class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if TABLES.read_text() == VERSION else 503)
        self.end_headers()
        self.wfile.write(VERSION.encode())

    def log_message(self, *words):
        pass


def main():
    words = sys.argv[1:]
    with (DATA / "acts").open("a") as acts:
        acts.write(VERSION + " " + " ".join(words) + chr(10))
    broken = not (DATA / "mended").exists()
    fault = next((each for each in FAULTS if broken and each in words), "")
    if words[:2] == ["migrate", "--check"]:
        raise SystemExit(not (TABLES.exists() and TABLES.read_text() == VERSION))
    if words[0] == "migrate":
        TABLES.write_text(VERSION)
        for name, number in dict(killed=signal.SIGKILL, stopped=signal.SIGTERM).items():
            if name in FAULTS:
                os.kill(os.getppid(), number)
        end = time.monotonic() + 20
        while "closed" in FAULTS and time.monotonic() < end:
            try:
                os.write(1, b".")
            except OSError:
                break
            time.sleep(0.05)
    if fault:
        raise SystemExit(VERSION + " fails to " + fault)
    match words[:2]:
        case ["instance", "backup"]:
            Path(words[3]).write_text(json.dumps([TABLES.read_text(), PEOPLE.read_text()]))
        case ["instance", "restore"]:
            for path, text in zip((TABLES, PEOPLE), json.loads(Path(words[2]).read_text())):
                path.write_text(text)
        case ["user", "list"]:
            names = PEOPLE.read_text().split() if PEOPLE.exists() else []
            print(json.dumps([dict(username=name) for name in names], indent=2))
        case ["create_admin", name]:
            if len(sys.stdin.readline()) < 12:
                raise SystemExit("This password is too short.")
            PEOPLE.write_text(name)
        case ["web"]:
            http.server.HTTPServer(("127.0.0.1", int(os.environ["LOCKSTEP_PORT"])), Ready).serve_forever()
        case ["worker"]:
            signal.pause()
"""


def is_as_it_was(machine: Machine) -> bool:
    """The old version runs on the old tables, also after the next boot, and there is no other."""
    assert (machine.version(), machine.data("tables"), machine.data("people")) == (OLD, OLD, "admin")
    assert [path.name for path in (machine.root / "opt/lockstep/releases").iterdir()] == [OLD]
    assert list((machine.root / "opt/lockstep").glob("unfinished*")) == []
    units = (machine.root / "etc/systemd/system/lockstep-web.service").read_text()
    assert f"ExecStart={machine.root}/opt/lockstep/bin/lockstep web" in units
    return machine.is_running() and machine.is_enabled()


def stub_wheel(into: Path, version: str, *faults: str) -> Path:
    facts = f"lockstep-{version}.dist-info"
    files = {
        "stub.py": PROGRAM.replace("{version!r}", repr(version)).replace("{faults!r}", repr(faults)),
        f"{facts}/METADATA": f"Metadata-Version: 2.1\nName: lockstep\nVersion: {version}\n",
        f"{facts}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{facts}/entry_points.txt": "[console_scripts]\nlockstep = stub:main\n",
    }
    return write_wheel(into / f"lockstep-{version}-py3-none-any.whl", {n: text.encode() for n, text in files.items()})


def write_wheel(path: Path, files: dict[str, bytes]) -> Path:
    """With the record that pip asks for, in the place of the one that may be there."""
    record = next(name for name in files if name.endswith(".dist-info/METADATA")).replace("METADATA", "RECORD")
    rows = [f"{name},sha256={_digest(text)},{len(text)}" for name, text in files.items() if name != record]
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as opened:
        for name, content in (files | {record: ("\n".join([*rows, f"{record},,"]) + "\n").encode()}).items():
            opened.writestr(name, content)
    return path


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
