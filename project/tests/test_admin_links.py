"""Whoever may open a page finds it: from the sidebar and the links of pages, without knowing an address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import pytest
from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from apps.core.admin import address
from apps.core.tests.pages import Pages
from project.admin.theme import UNFOLD
from project.tests.world import World

FOR_SCRIPTS = frozenset({"autocomplete", "jsi18n", "search", "index"})
AFTER_A_FORM = frozenset({"login", "logout", "password_change_done", "toggle_sidebar"})

LINK = re.compile(r'href="([^"#]+)')
MOST = 400
"""Pages; a crawl that gets further has run into a circle."""


def sidebar() -> set[str]:
    return {str(item["link"]) for section in UNFOLD["SIDEBAR"]["navigation"] for item in section["items"]}


def pages_without_a_row() -> set[str]:
    """The addresses of the admin that name no row: lists, forms to add one, and pages of their own."""
    return {
        reverse(f"admin:{pattern.name}")
        for pattern in _patterns(get_resolver().url_patterns, inside=False)
        if pattern.name and not pattern.pattern.converters and not pattern.pattern.regex.groups
        and pattern.name not in FOR_SCRIPTS | AFTER_A_FORM
    }  # fmt: skip


def _patterns(patterns: list[URLPattern | URLResolver], *, inside: bool) -> Iterator[URLPattern]:
    for each in patterns:
        within = inside or getattr(each, "namespace", None) == "admin"
        if isinstance(each, URLResolver):
            yield from _patterns(each.url_patterns, inside=within)
        elif within:
            yield each


@pytest.fixture
def world(author, monkeypatch) -> World:
    world = World(author, monkeypatch)
    assert world.checksum  # which plans a migration
    return world


def html_of(pages: Pages, address: str) -> str:
    """Empty for a file, a refusal, or a page that leads elsewhere."""
    answer = pages.client.get(address)
    if answer.streaming:
        answer.getvalue()  # which closes the file
        return ""
    is_page = answer.status_code == 200 and "html" in answer.headers.get("Content-Type", "")
    return answer.content.decode() if is_page else ""


def linked(pages: Pages) -> set[str]:
    """All addresses below /admin/ that a person gets to by clicking, from the front page on. Of the rows of a list
    one is opened, and of filters and sorted lists none."""
    found, waiting = {"/admin/"}, ["/admin/"]
    opened: set[str] = set()
    while waiting and len(opened) < MOST:
        address = waiting.pop()
        kind = re.sub(r"\d+", "0", address.partition("?")[0])
        if kind in opened:
            continue
        opened.add(kind)
        for link in LINK.findall(html_of(pages, address)):
            target = urljoin(address, unescape(link)).partition("?")[0]
            if target.startswith("/admin/") and target not in found:
                found.add(target)
                waiting.append(target)
    assert len(opened) < MOST
    return found


def test_each_list_of_the_admin_is_in_the_sidebar():
    lists = {
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") for model in admin.site._registry
    }
    assert len(lists) > 10
    assert lists - sidebar() == set()


def test_each_page_of_the_admin_is_found_by_clicking(world, author):
    pages = Pages(author)
    wanted = {address for address in pages_without_a_row() if html_of(pages, address)}
    assert len(wanted) > 20
    assert wanted - linked(pages) == set()


@pytest.mark.parametrize(
    ("what", "page"),
    [("migration", "/migrations/{0.pk}"), ("task", "/tasks/{0.pk}"), ("dev", "/environments/{0.slug}")],
)
def test_a_page_that_the_application_has_too_leads_there(world, author, what, page):
    row = getattr(world, what)
    links = LINK.findall(html_of(Pages(author), address(row)))
    assert page.format(row) in links


def test_each_page_of_the_admin_leads_to_the_application(world, author):
    assert "/" in LINK.findall(html_of(Pages(author), "/admin/"))


def test_the_application_has_the_pages_that_the_admin_leads_to():
    routes = Path(__file__).parents[2] / "frontend" / "src" / "routes"
    named = {getattr(each, "application_page", "") for each in admin.site._registry.values()}
    pages = named - {""}
    assert len(pages) == 3
    assert {page for page in pages if not list((routes / page.split("/")[1]).glob("*/+page.svelte"))} == set()
