"""A machine to install on: a folder as its root, the Python of the system, and a stand-in for systemd."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

import requests

from project.tests.running import PATIENCE, free_port
from rig.bundle.bundle import PLATFORM
from rig.bundle.target import Target

PYTHON = "/usr/bin/python3"
PASSWORD = "correct horse battery staple"
SITE = "lockstep.example.com"
SYSTEMCTL = Path(__file__).with_name("systemctl.py")


@cache
def target() -> Target:
    """What the Python of this system needs."""
    asked = [PYTHON, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    return Target(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip(), PLATFORM)


class Machine:
    """`root` is its file system; `shims` come first on PATH."""

    def __init__(self, place: Path) -> None:
        self.root, self.state, self.shims = place / "root", place / "state", place / "shims"
        self.port = free_port()
        self.variables: dict[str, str] = {}
        for folder in (self.root, self.state, self.shims):
            folder.mkdir(parents=True)
        self.shim("systemctl", f'exec {sys.executable} {SYSTEMCTL} "$@"')
        self.password_file = place / "password"
        self.password_file.write_text(f"{PASSWORD}\n")

    def shim(self, name: str, script: str) -> None:
        (self.shims / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.shims / name).chmod(0o755)

    def run(self, *words: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = [str(word) for word in words]
        return subprocess.run(
            command, env=self.environment(), cwd=self.state, input=stdin, capture_output=True, text=True, check=False
        )

    def environment(self) -> dict[str, str]:
        plain = {"PATH": f"{self.shims}:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.state), "LC_ALL": "C.UTF-8"}
        plain |= {"UNITS": str(self.root / "etc/systemd/system"), "STATE": str(self.state)}
        return plain | self.variables

    def install(self, bundle: Path, *options: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        own = ("--service", "--root", self.root, "--site", SITE, "--port", str(self.port), "--python", PYTHON)
        return self.run(bundle / "install.sh", *own, *options, stdin=stdin)

    def upgrade(self, bundle: Path, *options: str | Path) -> subprocess.CompletedProcess[str]:
        return self.run(bundle / "upgrade.sh", "--root", self.root, "--python", PYTHON, *options)

    def lockstep(self, *words: str, stdin: str = "") -> str:
        """The command for root, which must succeed."""
        done = self.run(self.root / "usr/local/sbin/lockstep", *words, stdin=stdin)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def systemctl(self, *words: str) -> int:
        return self.run(self.shims / "systemctl", *words).returncode

    def acts(self) -> list[str]:
        noted = self.state / "acts"
        return noted.read_text().splitlines() if noted.exists() else []

    def version(self) -> str:
        """The one in use."""
        return (self.root / "opt/lockstep/current").readlink().name

    def files(self) -> set[str]:
        return {str(path.relative_to(self.root)) for path in self.root.rglob("*")}

    def times(self) -> dict[str, int]:
        """When the program and the settings were last written."""
        kept = [path for path in self.files() if path.startswith(("opt", "etc", "usr")) and "__pycache__" not in path]
        return {path: (self.root / path).lstat().st_mtime_ns for path in kept}

    def is_running(self) -> bool:
        return self.systemctl("is-active", "lockstep-web", "lockstep-worker") == 0

    def is_enabled(self) -> bool:
        """Whether it starts with the machine."""
        return self.systemctl("is-enabled", "lockstep-web", "lockstep-worker") == 0

    def data(self, name: str) -> str:
        return (self.root / "var/lib/lockstep" / name).read_text()

    def signed_in(self) -> requests.Session:
        """Somebody who signed in at the admin, as through the TLS proxy that is not there."""
        session, base = requests.Session(), f"http://127.0.0.1:{self.port}"
        session.trust_env = False
        session.headers.update({"Host": SITE, "X-Forwarded-Proto": "https"})
        session.headers.update({"Origin": f"https://{SITE}", "Referer": f"https://{SITE}/"})
        form = session.get(f"{base}/admin/login/", timeout=PATIENCE)
        session.headers["Cookie"] = cookies(form)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)[1]
        fields = {"username": "ada", "password": PASSWORD, "csrfmiddlewaretoken": token, "next": "/admin/"}
        answer = session.post(f"{base}/admin/login/", fields, timeout=PATIENCE, allow_redirects=False)
        assert answer.status_code == HTTPStatus.FOUND, answer.text
        session.headers["Cookie"] = cookies(answer)
        return session

    def session(self) -> dict[str, Any]:
        answer = self.signed_in().get(f"http://127.0.0.1:{self.port}/api/v1/session", timeout=PATIENCE)
        found: dict[str, Any] = answer.json()
        return found


def cookies(answer: requests.Response) -> str:
    """Those that it sets, as a header: they are for TLS alone, so requests does not send them itself."""
    return "; ".join(f"{each.name}={each.value}" for each in answer.cookies)
