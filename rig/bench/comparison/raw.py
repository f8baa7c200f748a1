"""The same work without Lockstep: raw requests in one session, and preset-cli in its own environment."""

from __future__ import annotations

import io
import shutil
import subprocess
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import yaml

from rig import paths
from rig.errors import RigError
from rig.servers import install
from rig.servers.configuration import ADMIN, ADMIN_PASSWORD

PRESET = "preset-cli==0.3.13"
TIMEOUT = 300


@dataclass(frozen=True, slots=True)
class Sent:
    """One request as Lockstep sent it, to be sent again."""

    method: str
    path: str
    json: Any = None
    form: Mapping[str, str] | None = None
    files: Mapping[str, tuple[str, bytes, str]] | None = None


class Session:
    """One signed-in session."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.headers["Accept"] = "application/json"
        credentials = {"username": ADMIN, "password": ADMIN_PASSWORD, "provider": "db"}
        token = self.send(Sent("POST", "/api/v1/security/login", json=credentials)).json()["access_token"]
        self._session.headers["Authorization"] = f"Bearer {token}"

    def send(self, sent: Sent) -> requests.Response:
        answer = self._session.request(
            sent.method, self._url + sent.path, json=sent.json, data=sent.form, files=sent.files, timeout=TIMEOUT
        )
        answer.raise_for_status()
        return answer

    def protect(self) -> None:
        """Fetch the CSRF token for writes."""
        token = self.send(Sent("GET", "/api/v1/security/csrf_token/")).json()["result"]
        self._session.headers["X-CSRFToken"] = token

    def export_dashboards(self) -> bytes:
        """All listed dashboards in one ZIP."""
        rows = self.send(Sent("GET", "/api/v1/dashboard/?q=(columns:!(id),page_size:100)")).json()["result"]
        ids = ",".join(str(row["id"]) for row in rows)
        return self.send(Sent("GET", f"/api/v1/dashboard/export/?q=!({ids})")).content if ids else b""

    def ask(self, path: str) -> None:
        """A read that may fail with 404."""
        self._session.get(self._url + path, timeout=TIMEOUT)

    def import_assets(self, bundle: bytes) -> None:
        self.protect()
        files = {"bundle": ("bundle.zip", bundle, "application/zip")}
        self.send(Sent("POST", "/api/v1/assets/import/", form={"sparse": "true"}, files=files))

    def replay(self, requests_sent: Iterable[Sent]) -> None:
        self.protect()
        for sent in requests_sent:
            self.send(sent)

    def close(self) -> None:
        self._session.close()


@contextmanager
def session(url: str) -> Iterator[Session]:
    opened = Session(url)
    try:
        yield opened
    finally:
        opened.close()


def mapped(bundle: bytes, database: str) -> bytes:
    """Make the minimal edits for another server: the UUID of the connection, and no connection."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(bundle)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            raw = source.read(name)
            if "/databases/" in name:
                continue
            if "/datasets/" in name:
                raw = _edited(raw, database_uuid=database)
            elif name.endswith("/metadata.yaml"):
                raw = _edited(raw, type="assets")
            target.writestr(name, raw)
    return out.getvalue()


def _edited(raw: bytes, **fields: str) -> bytes:
    return yaml.dump({**yaml.load(raw, Loader=yaml.CSafeLoader), **fields}, Dumper=yaml.CSafeDumper).encode()


class Preset:
    """preset-cli, installed once in its own virtual environment."""

    def __init__(self) -> None:
        venv = paths.home() / PRESET.replace("==", "-")
        self._program = venv / "bin/superset-cli"
        if not self._program.exists():
            shutil.rmtree(venv, ignore_errors=True)
            install.run_quietly(
                [install.uv(), "venv", "--quiet", "--no-project", "--python", install.interpreter(), str(venv)]
            )
            install.run_quietly(
                [
                    install.uv(),
                    "pip",
                    "install",
                    "--quiet",
                    "--compile-bytecode",
                    "--python",
                    str(venv / "bin/python"),
                    PRESET,
                ]
            )

    def export(self, url: str, ids: Iterable[int], folder: Path) -> None:
        chosen = ",".join(map(str, ids))
        self._run(
            url, "export-assets", str(folder), "--overwrite", "--asset-type", "dashboard", "--dashboard-ids", chosen
        )

    def load(self, url: str, folder: Path) -> None:
        self._run(url, "import-assets", str(folder), "--overwrite")

    def _run(self, url: str, *arguments: str) -> None:
        command = [str(self._program), "--username", ADMIN, "--password", ADMIN_PASSWORD, url, *arguments]
        answer = subprocess.run(command, capture_output=True, text=True, check=False, env=paths.environment())
        if answer.returncode:
            raise RigError(f"superset-cli {arguments[0]} failed: {(answer.stdout + answer.stderr).strip()[-500:]}")


def remap(folder: Path, database: str, name: str, uri: str) -> None:
    """Name the connection of the target in the exported files, as a user of preset-cli does by hand."""
    for path in (folder / "datasets").rglob("*.yaml"):
        path.write_bytes(_edited(path.read_bytes(), database_uuid=database))
    for path in (folder / "databases").glob("*.yaml"):
        path.write_bytes(_edited(path.read_bytes(), uuid=database, database_name=name, sqlalchemy_uri=uri))


def settle(seconds: float = 0.5) -> None:
    """Let the servers finish their work after a response."""
    time.sleep(seconds)
