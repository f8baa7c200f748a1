"""A language is a catalogue: one that is compiled into LOCALE_PATHS translates apps, engine and pages alike."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

import pytest
from django.utils.translation import gettext

from apps.catalogue.plugin import SyncParams
from apps.core.errors import NotThere, worded
from apps.core.tests.pages import Pages
from apps.environments.problems import problem_of
from apps.plugins.params import json_schema
from apps.superset.diff.difference import difference
from apps.superset.errors import Unreachable
from apps.superset.messages.message import TEMPLATES, Message
from apps.superset.plan.plan import Note
from apps.superset.plan.render import as_text
from apps.superset.tests.world import World
from apps.tasks import messages
from apps.tasks.services import get_task

RUSSIAN = {
    "There is no task {number}.": "Задачи {number} нет.",
    TEMPLATES["error.unreachable"]: "{url} недоступен: {reason}",
    TEMPLATES["error.connection_refused"]: "в соединении отказано",
    TEMPLATES["next.unreachable"]: "Проверьте адрес.",
    TEMPLATES["note.tags"]: "Теги не переносятся.",
    "name: {before} → {after}": "имя: {before} → {after}",
    "nothing": "ничего",
    "{number} unchanged": "без изменений: {number}",
    "Full sync": "Полная синхронизация",
    "Latest tasks": "Последние задачи",
}

UNREACHABLE = Message("error.unreachable", url="http://dev", reason=Message("error.connection_refused"))


def compiled(texts: Mapping[str, str]) -> bytes:
    """What msgfmt makes of it: the sorted originals, then the translations, each found by length and offset."""
    pairs = sorted({"": "Content-Type: text/plain; charset=UTF-8\n", **texts}.items())
    count, start = len(pairs), 28 + 16 * len(pairs)
    tables, strings = b"", b""
    for text in [original for original, _ in pairs] + [translation for _, translation in pairs]:
        encoded = text.encode()
        tables += struct.pack("<2I", len(encoded), start + len(strings))
        strings += encoded + b"\0"
    return struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, 0) + tables + strings


@pytest.fixture
def russian(settings, tmp_path):
    catalogue = tmp_path / "ru" / "LC_MESSAGES" / "django.mo"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_bytes(compiled(RUSSIAN))
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGE_CODE = "ru"


@pytest.mark.usefixtures("russian")
def test_the_refusal_of_a_service_is_translated(db, author):
    with pytest.raises(NotThere, match=r"Задачи 77 нет\."):
        get_task(77, user=author)


@pytest.mark.usefixtures("russian")
def test_a_failure_of_the_engine_is_translated_where_it_is_shown():
    error = Unreachable(UNREACHABLE, environment="dev")
    sentence = "dev: http://dev недоступен: в соединении отказано. Проверьте адрес."
    assert worded(error) == error.worded(gettext) == sentence
    assert (problem_of(error).status, problem_of(error).detail) == (HTTPStatus.GATEWAY_TIMEOUT, sentence)
    assert str(error).startswith("dev: http://dev cannot be reached")


@pytest.mark.usefixtures("russian")
def test_a_plan_is_translated_where_it_is_shown():
    plan = World().plan().plan
    change = difference("name_changed", "name", "name", None, "Sales")
    assert change.sentence(gettext) == "имя: ничего → “Sales”"
    assert change.sentence() == "name: nothing → “Sales”"
    stored = Note.from_json(Note.of("tags", ["dashboard “Sales”"]).to_json())
    text = as_text(replace(plan, losses=(stored,)), gettext)
    assert "  ! Теги не переносятся." in text
    assert "без изменений: " in text


@pytest.mark.usefixtures("russian")
def test_the_parameters_of_an_action_are_translated():
    assert json_schema(SyncParams)["properties"]["everything"]["title"] == "Полная синхронизация"


@pytest.mark.usefixtures("russian")
def test_a_page_of_the_admin_is_translated(author):
    page = Pages(author).see()
    assert "Последние задачи" in page
    assert "Latest tasks" not in page


def test_without_a_catalogue_everything_is_english():
    assert str(messages.NO_TASK) in RUSSIAN
    assert worded(Unreachable(UNREACHABLE)).startswith("http://dev cannot be reached: the connection was refused.")


PAGES = Path(__file__).parents[2] / "templates"
MARKED = re.compile(r"{#.*?#}|{%\s*blocktranslate.*?endblocktranslate\s*%}", re.DOTALL)
ICON = re.compile(r'<span class="[^"]*material-symbols.*?</span>', re.DOTALL)
MARKUP = re.compile(r"{%.*?%}|{{.*?}}|<[^>]*>", re.DOTALL)
SHOWN = re.compile(r'\b(?:title|placeholder|aria-label)="([^"{]+)"')


@pytest.mark.parametrize("page", sorted(PAGES.rglob("*.*")), ids=lambda page: page.relative_to(PAGES).as_posix())
def test_every_text_of_a_page_is_marked(page):
    source = MARKED.sub("", page.read_text())
    words = re.findall(r"[A-Za-z]{2,}", MARKUP.sub(" ", ICON.sub("", source)))
    assert set(words) - {"Lockstep", "UTC"} == set()
    assert SHOWN.findall(source) == []
