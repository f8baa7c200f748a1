"""Record the responses of a real Superset as files. Tokens and the paths of the recorded machine are cut out."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

from apps.superset.assets import Kind
from apps.superset.http.auth import PasswordLogin, login_call
from apps.superset.http.pace import Pace
from apps.superset.http.response_errors import Subject
from apps.superset.http.session import CSRF_PATH, Session
from apps.superset.http.transport import Call, Transport
from apps.superset.protocol import Silent
from apps.superset.releases.supported import VERSION_PATH
from apps.superset.remote.client import SupersetClient

CUT = "<cut>"
MADE = (1980, 1, 1, 0, 0, 0)
LOCAL_PATH = re.compile(rb"sqlite:////[^\s?]*/")
"""The folder of an SQLite file in a connection; only the file's name is kept."""


def record(url: str, login: PasswordLogin, destination: Path) -> None:
    """Lists, one export and the sign-in; raises SupersetError. Only reads."""
    destination.mkdir(parents=True, exist_ok=True)
    with SupersetClient(url, login, environment="recorded") as client:
        _record_lists(client, destination)
        _record_export(client, destination)
        _record_sign_in(client.url, login, destination)


def _record_lists(client: SupersetClient, destination: Path) -> None:
    columns = client.profile.columns
    for kind in Kind:
        wanted = (*columns.identity[kind], *columns.people.get(kind, ()), *columns.usage.get(kind, ()))
        rows = client.list_rows(kind.value, wanted)
        answer = {"count": len(rows), "ids": [row["id"] for row in rows], "result": rows}
        _write(destination / f"{kind}.json", answer)


def _record_export(client: SupersetClient, destination: Path) -> None:
    ids = sorted(row["id"] for row in client.list_rows("dashboard", ["id"]))
    content = client.export(Kind.DASHBOARD, ids)
    (destination / "all.zip").write_bytes(deflated(content))


def deflated(content: bytes) -> bytes:
    """The same files in the same order, compressed, and without the paths of a machine."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            data = LOCAL_PATH.sub(b"sqlite:////data/", before.read(name))
            after.writestr(zipfile.ZipInfo(name, MADE), data, zipfile.ZIP_DEFLATED, 9)
    return packed.getvalue()


def _record_sign_in(url: str, login: PasswordLogin, destination: Path) -> None:
    transport = Transport(url)
    answer = transport.exchange(login_call(login))
    _write(destination / "login.json", dict.fromkeys(answer.fields, CUT))
    _write(destination / "version.json", transport.exchange(Call("GET", VERSION_PATH)).json)
    session = Session(transport, login, environment="recorded", pace=Pace(), reporter=Silent())
    csrf = session.read(Call("GET", CSRF_PATH), Subject("recorded"))
    _write(destination / "csrf_token.json", dict.fromkeys(csrf.fields, CUT))
    session.close()


def _write(path: Path, answer: Any) -> None:
    path.write_text(json.dumps(answer, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{path}: {path.stat().st_size} bytes")
