"""The page that starts the application: where it answers, where it does not, and what may be kept of it."""

from __future__ import annotations

import json
import os

import pytest
from django.test import Client

from project.web import shell

PAGE = b"<!doctype html><title>Lockstep</title><script>start()</script>"


@pytest.fixture
def built(tmp_path, monkeypatch):
    """Writes a build into a folder of its own; call it again for the next one."""
    monkeypatch.setattr(shell, "FOLDER", tmp_path)
    stamps = iter(range(1_000_000_000, 1_000_000_100))

    def build(page: bytes = PAGE, version: str = "one", script: str = "sha256-abc"):
        (tmp_path / "index.html").write_bytes(page)
        facts = tmp_path / "shell.json"
        facts.write_text(json.dumps({"version": version, "scripts": [script]}))
        stamp = next(stamps)
        os.utime(facts, (stamp, stamp))

    build()
    return build


@pytest.mark.parametrize("path", ["/", "/migrations/7", "/administration", "/apiary", "/dashboards?env=dev"])
def test_it_answers_at_the_addresses_of_pages_so_that_they_can_be_reloaded(path, built):
    answer = Client().get(path)
    assert (answer.status_code, answer.content) == (200, PAGE)


@pytest.mark.parametrize(
    "path",
    ["/api/v1/nothing", "/api", "/sso/nothing", "/ws/tasks/1/", "/static/app/nothing.js", "/static/x", "/metrics/x"],
)
def test_it_never_answers_for_others(path, built):
    answer = Client().get(path)
    assert answer.status_code == 404
    assert PAGE not in answer.content


@pytest.mark.parametrize("path", ["/admin/", "/admin", "/healthz", "/readyz", "/metrics"])
def test_the_admin_and_the_probes_are_themselves(path, built, db):
    assert PAGE not in Client().get(path).content


def test_nothing_keeps_it_because_it_names_the_files_of_one_build(built):
    assert Client().get("/").headers["Cache-Control"] == "no-cache, no-store"


def test_its_script_is_allowed_by_hash_and_no_other(built):
    assert "script-src 'self' 'sha256-abc';" in Client().get("/").headers["Content-Security-Policy"]


def test_a_new_build_needs_no_restart(built):
    Client().get("/")
    built(page=b"<!doctype html>new", version="two", script="sha256-def")
    answer = Client().get("/")
    assert answer.content == b"<!doctype html>new"
    assert "'sha256-def'" in answer.headers["Content-Security-Policy"]
    assert "sha256-abc" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_it_is_only_read(method, built):
    answer = getattr(Client(), method)("/migrations")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_without_a_build_it_says_how_to_make_one(tmp_path, monkeypatch):
    monkeypatch.setattr(shell, "FOLDER", tmp_path)
    answer = Client().get("/")
    assert answer.status_code == 503
    assert "make frontend" in answer.content.decode()
    assert 'href="/admin/"' in answer.content.decode()
