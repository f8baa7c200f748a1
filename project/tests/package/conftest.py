"""Lockstep as an operator installs it: the wheel in a virtual environment of its own, far from any checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from project.tests.running import CHECKOUT, PATIENCE, Running, free_port

UV = Path(sys.executable).with_name("uv")
OFFLINE_BUILD = ("--offline", "--no-build-isolation", "--python", sys.executable, "--quiet")
"""What builds it is in requirements-dev.lock: nothing is fetched for that."""

LINKED = re.compile(r'(?:href|src)="(/static/[^"]+)"')
PASSWORD = "only-for-a-test-7"


class Installed:
    """A virtual environment: what is in its `bin`."""

    def __init__(self, place: Path, wheel: Path) -> None:
        self.bin = place / "venv" / "bin"
        _uv("venv", "--python", sys.executable, str(place / "venv"))
        into = ("pip", "install", "--python", str(self.bin / "python"))
        _uv(*into, "--require-hashes", "-r", str(CHECKOUT / "requirements.lock"))
        _uv(*into, "--offline", "--no-deps", str(wheel))


class Operator:
    """A user of that environment, with a home and nothing else: no checkout, no setting."""

    def __init__(self, installed: Installed, home: Path) -> None:
        self.home, self.command, self.python = home, installed.bin / "lockstep", installed.bin / "python"
        self.data = home / ".local" / "share" / "lockstep"
        home.mkdir()

    def environment(self, **variables: str) -> dict[str, str]:
        plain = {"PATH": f"{self.command.parent}:/usr/sbin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        return plain | {"HOME": str(self.home)} | variables

    def run(self, *words: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.command), *words],
            cwd=self.home,
            env=self.environment(**variables),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    def create_admin(self, **variables: str) -> None:
        done = self.run("create_admin", "ada", "--password-stdin", stdin=f"{PASSWORD}\n", **variables)
        assert done.returncode == 0, done.stderr


class RunningInstalled(Running):
    """`lockstep run` of such a user."""

    def __init__(self, operator: Operator, *words: str, **variables: str) -> None:
        self.port = free_port()
        self.output = operator.home / "output.log"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [str(operator.command), *(words or ("run",)), "--port", str(self.port)],
                env=operator.environment(**variables),
                cwd=operator.home,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


class Browser:
    """Somebody who reads pages and fills in forms."""

    def __init__(self, address: str) -> None:
        self.address, self.session = address, requests.Session()

    def see(self, path: str, status: int = 200) -> str:
        answer = self.session.get(self.address + path, timeout=PATIENCE)
        assert answer.status_code == status, (path, answer.status_code)
        return answer.text

    def sign_in(self) -> requests.Response:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.see("/admin/login/"))[1]
        fields = {"username": "ada", "password": PASSWORD, "csrfmiddlewaretoken": token, "next": "/admin/"}
        return self.session.post(f"{self.address}/admin/login/", fields, timeout=PATIENCE)

    def files_of(self, page: str) -> dict[str, requests.Response]:
        return {path: self.session.get(self.address + path, timeout=PATIENCE) for path in LINKED.findall(page)}

    def start(self, plugin: str, action: str) -> int:
        """Run an action with the session of the browser; the number of its task."""
        path = f"{self.address}/api/v1/plugins/{plugin}/actions/{action}/run"
        token = self.session.get(f"{self.address}/api/v1/session", timeout=PATIENCE).json()["csrf_token"]
        answer = self.session.post(path, json={}, headers={"X-CSRFToken": token}, timeout=PATIENCE)
        assert answer.ok, answer.text
        return answer.json()["id"]


def _uv(*words: str) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    subprocess.run([str(UV), *words, "--quiet"], env=kept, cwd=CHECKOUT, check=True)


def build(kind: str, source: Path, into: Path) -> Path:
    """A `wheel` or an `sdist` of this source."""
    subprocess.run([str(UV), "build", f"--{kind}", *OFFLINE_BUILD, "--out-dir", str(into), str(source)], check=True)
    return next(into.glob("*.whl" if kind == "wheel" else "*.tar.gz"))


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", CHECKOUT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Installed:
    return Installed(tmp_path_factory.mktemp("installed"), wheel)


@pytest.fixture
def operator(installed: Installed, tmp_path: Path) -> Operator:
    return Operator(installed, tmp_path / "home")
