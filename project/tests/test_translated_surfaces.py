"""One sentence in one language, on each surface: what is wrong with an export, why a mapping is suggested, a title."""

from __future__ import annotations

import pytest

from apps.core.errors import worded
from apps.core.tests.pages import Pages
from apps.migrations.tests.factories import PAIR, Stage
from apps.superset.assets import Kind
from apps.superset.bundle.bundle import read_bundle
from apps.superset.errors import BundleInvalid
from apps.superset.messages.message import TEMPLATES
from apps.tasks.services import start_task
from apps.tasks.tests.factories import ended
from conftest import api_of
from project.tests.language import speak
from project.tests.world import World

RUSSIAN = {
    TEMPLATES["import.at"]: "поле {path} {problem}",
    TEMPLATES["import.deleted_type"]: "имеет тип {type}, который Superset удаляет",
    TEMPLATES["bundle.asset"]: "({name}) {problem}",
    TEMPLATES["shape.field_of_type"]: "содержит в «{path}» {found} вместо {wanted}",
    TEMPLATES["shape.number"]: "число",
    TEMPLATES["shape.text"]: "текста",
    TEMPLATES["bundle.no_zip"]: "это не ZIP",
    TEMPLATES["mapping.same_name"]: "то же имя, тот же движок ({engine})",
    "Sync the catalogue": "Обновить каталог",
    "Catalogue": "Каталог",
}

DELETED = "поле viz_type имеет тип filter_box, который Superset удаляет"
NO_TEXT = "содержит в «viz_type» число вместо текста"
SAME_NAME = "то же имя, тот же движок (postgresql)"
SYNC = "Обновить каталог"

PLAN = {"source": "dev", "target": "prod", "dashboards": ["births"], "databases": [PAIR]}
WORDS = ("migration", "plan", "dev", "prod", "--dashboard", "births", "--map-database", PAIR)


@pytest.fixture(autouse=True)
def russian(settings, tmp_path):
    speak(settings, tmp_path, RUSSIAN)


@pytest.mark.parametrize(("chart_type", "sentence"), [("filter_box", DELETED), (7, NO_TEXT)])
def test_what_is_wrong_with_an_export_is_translated_on_every_surface(
    chart_type, sentence, transactional_db, author, monkeypatch, manage
):
    stage = Stage(author, monkeypatch)
    next(iter(stage.dev.documents[Kind.CHART].values()))["viz_type"] = chart_type
    assert sentence in manage(*WORDS)[2]
    task = ended(start_task(actor=author, plugin="migrations", action="plan", params=PLAN, environment=stage.target))
    assert sentence in api_of(author).get(f"/api/v1/tasks/{task.pk}").json()["error"]["sentence"]
    assert sentence in Pages(author).see(f"tasks/task/{task.pk}/change/")


def test_a_file_that_is_no_bundle_is_refused_in_the_language_at_work():
    with pytest.raises(BundleInvalid) as refused:
        read_bundle(b"no ZIP")
    assert worded(refused.value) == "это не ZIP"
    assert str(refused.value) == "this is not a ZIP file that can be read"


@pytest.fixture
def world(author, monkeypatch) -> World:
    return World(author, monkeypatch)


def test_why_a_mapping_is_suggested_is_translated_on_every_surface(world, author, manage):
    (suggested,) = api_of(author).get("/api/v1/mappings/suggestions", {"source": "dev", "target": "prod"}).json()
    assert (suggested["reason"], suggested["candidates"][0]["reason"]) == (SAME_NAME, SAME_NAME)
    world.mapping.delete()
    path = f"catalogue/databasemapping/suggest/?source={world.dev.pk}&target={world.prod.pk}"
    assert SAME_NAME in Pages(author).see(path)


def test_why_a_mapping_is_suggested_is_translated_for_a_command(transactional_db, author, monkeypatch, manage):
    stage = Stage(author, monkeypatch)
    (there,) = stage.prod.documents[Kind.DATABASE].values()
    next(iter(stage.dev.documents[Kind.DATABASE].values()))["database_name"] = there["database_name"]
    assert "то же имя, тот же движок" in manage("mapping", "suggest", "dev", "prod")[1]


def test_the_title_of_an_action_is_translated_on_every_surface(world, author, manage):
    actions = api_of(author).get("/api/v1/plugins/catalogue").json()["actions"]
    assert SYNC in [each["title"] for each in actions]
    assert f"Каталог: {SYNC}" in Pages(author).see("schedules/schedule/new/")
    assert "Каталог" in manage("plugins", "list")[1]
