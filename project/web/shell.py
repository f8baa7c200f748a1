# [DEF:project.web.shell:Module]
# @COMPLEXITY: 3
# @PURPOSE: The page that starts the single-page application, at every address that belongs to nobody else.
# @RELATION DEPENDS_ON -> project.storage
"""The built files are served as static files; this page names them by their checksums, so it is never cached itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.loader import render_to_string
from django.urls import re_path, reverse
from django.views.decorators.csrf import ensure_csrf_cookie

from project import storage

FOLDER = storage.HERE / "static" / "app"
RESERVED = ("admin", "api", "sso", "ws", "static", "healthz", "readyz", "metrics")
METHODS = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Shell:
    """What `npm run build` left: the page, the name of the build, and the hashes of the page's inline scripts."""

    page: bytes
    version: str
    scripts: tuple[str, ...]


def shell() -> Shell | None:
    """The built application; None if it was not built. Read again after each build, so a new one needs no restart."""
    try:
        stamp = (FOLDER / "shell.json").stat().st_mtime_ns
    except FileNotFoundError:
        return None
    return _read(FOLDER, stamp)


@cache
def _read(folder: Path, _stamp: int) -> Shell:
    facts = orjson.loads((folder / "shell.json").read_bytes())
    return Shell((folder / "index.html").read_bytes(), facts["version"], tuple(facts["scripts"]))


@ensure_csrf_cookie
def application(request: HttpRequest) -> HttpResponse:
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    built = shell()
    if built is None:
        page = render_to_string("not_built.html", {"home": reverse("admin:index")})
        return HttpResponse(page, status=HTTPStatus.SERVICE_UNAVAILABLE)
    response = HttpResponse(built.page)
    response["Cache-Control"] = "no-cache, no-store"
    return response


addresses = re_path(rf"^(?!(?:{'|'.join(RESERVED)})(?:/|$))", application, name="application")
