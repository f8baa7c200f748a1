"""A language is a catalogue: one that is compiled into LOCALE_PATHS translates apps, engine and pages alike."""

from __future__ import annotations

import re
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

import pytest
from django.contrib import admin
from django.utils.functional import Promise
from django.utils.translation import gettext

from apps.catalogue.plugin import SyncParams
from apps.core.errors import NotThere, worded
from apps.core.tests.pages import Pages
from apps.environments.problems import problem_of
from apps.environments.tests.factories import make_environment
from apps.plugins.params import json_schema
from apps.superset.diff.difference import difference
from apps.superset.errors import Unreachable
from apps.superset.messages.message import TEMPLATES, Message
from apps.superset.plan.plan import Note
from apps.superset.plan.render import as_text
from apps.superset.tests.world import World
from apps.tasks import messages
from apps.tasks.services import get_task
from project.admin.names import TRANSLATED
from project.tests.language import speak

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
    "last contact": "последний контакт",
}

UNREACHABLE = Message("error.unreachable", url="http://dev", reason=Message("error.connection_refused"))


@pytest.fixture
def russian(settings, tmp_path):
    speak(settings, tmp_path, RUSSIAN)


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


def columns(page: admin.ModelAdmin) -> set[str]:
    """The fields that a list shows or filters by."""
    named = (each[0] if isinstance(each, tuple) else each for each in (*page.list_display, *page.list_filter))
    return {each.partition("__")[0] for each in named if isinstance(each, str)}


def test_names_of_models_columns_and_choices_in_the_admin_are_marked():
    plain = []
    for model, page in admin.site._registry.items():
        options, shown = model._meta, columns(page)
        fields = [field for field in options.fields if field.name in shown and field.name != "id"]
        names = [options.verbose_name, *(field.verbose_name for field in fields)]
        labels = [label for field in fields for _, label in field.choices or ()]
        plain += [(options.label, name) for name in (*names, *labels) if not isinstance(name, Promise)]
        if "verbose_name_plural" not in options.original_attrs and str(options.verbose_name_plural) not in TRANSLATED:
            plain.append((options.label, str(options.verbose_name_plural)))
    assert plain == []


@pytest.mark.usefixtures("russian")
def test_the_columns_of_a_list_are_translated(author):
    make_environment("dev")
    assert "Последний контакт" in Pages(author).see("environments/environment/")
