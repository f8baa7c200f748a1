"""A stand-in for systemd: runs units by their ExecStart, with their EnvironmentFile, User and UMask.

It has the standard library only, and runs with any Python.

UNITS is the folder of the units, STATE one for process ids and logs.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

UNITS, STATE = Path(os.environ["UNITS"]), Path(os.environ["STATE"])
PATIENCE = 60


def main(words: list[str]) -> int:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_DFL)  # systemd starts units with these, whatever its caller ignores
    verb, *rest = words
    names = [each for each in rest if not each.startswith("-")]
    with (STATE / "acts").open("a") as acts:
        acts.write(f"{verb} {' '.join(names)}".strip() + "\n")
    match verb:
        case "start":
            return max(start(name) for name in names)
        case "stop":
            for name in names:
                stop(name)
        case "is-active":
            return 0 if all(alive(name) for name in names) else 3
        case "daemon-reload":
            pass
        case _:
            return boot(verb, names)
    return 0


def boot(verb: str, names: list[str]) -> int:
    """Whether units start with the machine."""
    files = [STATE / f"{name}.enabled" for name in names]
    match verb:
        case "enable":
            for file in files:
                file.touch()
        case "disable":
            for file in files:
                file.unlink(missing_ok=True)
        case "is-enabled":
            return 0 if all(file.exists() for file in files) else 1
        case _:
            raise SystemExit(f"systemctl {verb} is not played here")
    return 0


def start(name: str) -> int:
    if alive(name):
        return 0
    unit = {}
    for line in (UNITS / f"{name}.service").read_text().splitlines():
        key, found, value = line.partition("=")
        if found:
            unit[key] = value
    environment = {"PATH": "/usr/sbin:/usr/bin:/bin"}
    for line in Path(unit["EnvironmentFile"]).read_text().splitlines():
        key, found, value = line.partition("=")
        if found and not key.startswith("#"):
            environment[key] = "".join(shlex.split(value))
    own: dict[str, Any] = {"umask": int(unit["UMask"], 8)}
    if "User" in unit:
        own |= {"user": unit["User"], "group": unit["Group"], "extra_groups": []}
    with (STATE / f"{name}.log").open("a") as log:
        if "ExecStartPre" in unit:
            before = shlex.split(unit["ExecStartPre"])
            if subprocess.run(before, env=environment, stdout=log, stderr=log, check=False, **own).returncode:
                return 1
        process = subprocess.Popen(
            shlex.split(unit["ExecStart"]), env=environment, cwd="/", stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, start_new_session=True, **own,
        )  # fmt: skip
    (STATE / f"{name}.pid").write_text(str(process.pid))
    return 0


def stop(name: str) -> None:
    if not alive(name):
        return
    os.kill(number(name), signal.SIGTERM)
    end = time.monotonic() + PATIENCE
    while alive(name):
        if time.monotonic() > end:
            raise SystemExit(f"{name} does not stop")
        time.sleep(0.05)


def number(name: str) -> int:
    noted = STATE / f"{name}.pid"
    return int(noted.read_text()) if noted.exists() else 0


def alive(name: str) -> bool:
    try:
        return number(name) > 0 and Path(f"/proc/{number(name)}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
