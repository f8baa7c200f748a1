"""The page to read the API needs a sign-in, nothing from outside, and no inline script or style."""

from __future__ import annotations

import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from conftest import api_of

DOCS = "/api/v1/docs"


@pytest.fixture
def page(viewer):
    return api_of(viewer).get(DOCS)


def test_whoever_is_signed_in_can_read_the_api(page):
    assert page.status_code == 200
    assert 'data-schema="/api/v1/schema"' in page.content.decode()


def test_a_stranger_is_led_to_the_sign_in_and_back(db):
    answer = Client().get(DOCS)
    assert (answer.status_code, answer["Location"]) == (302, f"/admin/login/?next={DOCS}")


def test_all_files_of_the_page_are_served_by_lockstep(page):
    named = re.findall(r'(?:href|src)="([^"]+)"', page.content.decode())
    assert not [each for each in named if "//" in each]
    files = [each.removeprefix("/static/") for each in named if each.startswith("/static/")]
    assert len(files) == 8
    assert [each for each in files if not finders.find(each)] == []


def test_the_page_needs_no_exception_from_the_policy(page):
    policy = page["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", page.content.decode())


def test_the_page_is_only_read(viewer):
    answer = api_of(viewer).post(DOCS)
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")


def test_the_menu_of_the_user_leads_to_the_page(author):
    assert f'href="{DOCS}"' in api_of(author).get("/admin/").content.decode()
