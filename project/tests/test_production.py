"""What is served to others: the settings of production, the headers of every answer, and how much may be sent."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings

from apps.core.tests.pages import Pages
from project.tests.running import CHECKOUT, environment
from project.web import headers
from project.web.headers import policy
from project.web.limits import Limited
from project.web.shell import Shell

KEY = "0123456789-abcdefghijklmnopqrstuvwxyz-0123456789-abcdef"


def checked(data, **variables: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "INFO"]
    production = environment(data) | {"LOCKSTEP_HTTPS": "1", "LOCKSTEP_ALLOWED_HOSTS": "lockstep.example.com"}
    return subprocess.run(words, env=production | variables, cwd=CHECKOUT, capture_output=True, text=True, check=False)


def test_the_settings_of_production_are_clean(tmp_path):
    made = checked(tmp_path / "data")
    assert (made.returncode, made.stderr) == (0, ""), made.stderr
    assert "no issues" in made.stdout


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("LOCKSTEP_DEBUG", "1", "LOCKSTEP_DEBUG shows details of errors"),
        ("LOCKSTEP_SECRET_KEY", "hunter22", "LOCKSTEP_SECRET_KEY can be guessed"),
        ("LOCKSTEP_SECRET_KEY", "x" * 60, "LOCKSTEP_SECRET_KEY can be guessed"),
        ("LOCKSTEP_SECRET_KEY", f"django-insecure-{KEY}", "LOCKSTEP_SECRET_KEY can be guessed"),
        ("LOCKSTEP_ALLOWED_HOSTS", "*", "LOCKSTEP_ALLOWED_HOSTS is “*”"),
        ("LOCKSTEP_PROXIES", "*", "LOCKSTEP_PROXIES covers every address"),
        ("LOCKSTEP_PROXIES", "10.0.0.1,0.0.0.0/0", "LOCKSTEP_PROXIES covers every address"),
        ("LOCKSTEP_PROXIES", "::/0", "LOCKSTEP_PROXIES covers every address"),
    ],
)
def test_production_refuses_what_is_for_ones_own_machine(name, value, told, tmp_path):
    refused = checked(tmp_path / "data", **{name: value})
    assert refused.returncode == 1
    assert refused.stderr.startswith(told)
    assert refused.stderr.count("\n") == 1
    assert value in {"1", "*"} or value not in refused.stderr


def test_production_takes_a_good_key(tmp_path):
    assert checked(tmp_path / "data", LOCKSTEP_SECRET_KEY=KEY).returncode == 0


ADDRESSES = ["/admin/", "/admin/login/", "/api/v1/session", "/api/v1/nothing", "/nothing", "/static/lockstep/mark.svg"]


@pytest.mark.parametrize("path", ADDRESSES)
def test_every_answer_says_what_a_browser_may_do_with_it(path, author):
    answer = Pages(author).client.get(path)
    told = answer.headers
    answer.close()
    assert "default-src 'none'" in told["Content-Security-Policy"]
    assert told["X-Content-Type-Options"] == "nosniff"
    assert (told["Referrer-Policy"], told["Cross-Origin-Opener-Policy"]) == ("same-origin", "same-origin")
    assert "camera=()" in told["Permissions-Policy"]
    assert path.startswith("/static/") or told["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("path", ["/admin/", "/admin/tasks/task/", "/", "/api/v1/session", "/sso/begin"])
def test_no_inline_script_is_allowed_anywhere(path):
    scripts = next(rule for rule in policy(path).split("; ") if rule.startswith("script-src"))
    assert "unsafe-inline" not in scripts
    assert ("'unsafe-eval'" in scripts) == path.startswith("/admin/")


def test_the_shell_names_its_script_by_hash(monkeypatch):
    monkeypatch.setattr(headers, "shell", lambda: Shell(b"", "1", ("sha256-abc",)))
    assert "script-src 'self' 'sha256-abc';" in policy("/migrations")
    assert "sha256-abc" not in policy("/admin/")


def test_only_the_provider_may_frame_the_page_by_which_it_signs_out(client, db, settings):
    settings.SSO_ISSUER, settings.SSO_ORIGINS = "https://sso.example.com/adfs", ["https://pages.example.com"]
    both = "https://sso.example.com https://pages.example.com"
    assert f"form-action 'self' {both};" in policy("/admin/")
    told = client.get("/sso/signed-out").headers["Content-Security-Policy"]
    assert told.endswith(f"frame-ancestors {both}")
    assert policy("/admin/").endswith("frame-ancestors 'none'")


def test_over_tls_hsts_is_set_for_a_year_and_plain_requests_are_redirected(client, db, settings):
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 365 * 24 * 3600
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert client.get("/admin/login/").headers["Location"] == "https://testserver/admin/login/"
    answer = client.get("/admin/login/", headers={"X-Forwarded-Proto": "https"})
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_cookies_are_for_requests_of_our_pages_alone(client, author):
    client.get("/admin/login/")
    client.post("/admin/login/", {"username": "author", "password": "only-for-tests"})
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        assert (client.cookies[name]["httponly"], client.cookies[name]["samesite"]) == (True, "Lax")


def answered(body: bytes, declared: bytes | None, pieces: int = 1) -> list[int]:
    """The statuses with which a request is answered, by an application that reads it and says 200."""
    sent: list[int] = []
    parts = [body[start::pieces] for start in range(pieces)]

    async def receive():
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message):
        sent.extend([message["status"]] if "status" in message else [])

    async def reads(scope, receive, send):
        while (await receive())["more_body"]:
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})

    headers = [] if declared is None else [(b"content-length", declared)]
    scope: Any = {"type": "http", "headers": headers}
    asyncio.run(Limited(reads, 100)(scope, receive, send))
    return sent


@pytest.mark.parametrize(
    ("size", "declared", "status"),
    [
        (100, b"100", 200),
        (100, None, 200),
        (101, b"101", 413),
        (101, None, 413),
        (9, b"9" * 400, 413),
        (9, b"-1", 413),
    ],
)
def test_a_request_that_is_too_large_is_refused_before_it_is_read(size, declared, status):
    assert answered(b"x" * size, declared, pieces=5) == [status]
