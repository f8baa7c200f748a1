"""Themes, CSS templates and saved queries travel: planned, set, verified and undone, each by its own choice."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest

from apps.superset.assets import Key, Kind
from apps.superset.errors import NotFound, NotPermitted, NotVerified, PlanStale, PlanUnsafe
from apps.superset.execution.stages import Choice
from apps.superset.plan.attachment import Aspect, Item
from apps.superset.plan.plan import Plan
from apps.superset.plan.reliance import Reliance
from apps.superset.plan.render import as_text
from apps.superset.releases.v6_1 import RELEASE
from apps.superset.tests.carrying import found, notes, plan, world
from apps.superset.tests.fake_superset import FakeSuperset
from apps.superset.tests.world import SALES, WAREHOUSE, World, database_of
from apps.superset.view.masking import masked_plan

__all__ = ["world"]

DARK, LIGHT = '{"token": {"colorPrimary": "#000"}}', '{"token": {"colorPrimary": "#fff"}}'
CSS = ".header { color: red }"


def theme(server: FakeSuperset, number: int, name: str = "Dark", json_data: str = DARK, **fields: Any) -> None:
    flags = dict.fromkeys(("is_system", "is_system_default", "is_system_dark"), False)
    server.shelve("theme", number, theme_name=name, json_data=json_data, uuid=f"theme-{number}", **{**flags, **fields})


def query(server: FakeSuperset, number: int, **fields: Any) -> None:
    database = server.id_of(Key(Kind.DATABASE, database_of(server)))
    facts = {"label": "Top", "description": None, "sql": "SELECT * FROM cleaned_sales_data", "db_id": database}
    rest = {"schema": "main", "catalog": None, "template_parameters": None}
    server.shelve("saved_query", number, **{**facts, **rest, **fields})


def state(server: FakeSuperset) -> Any:
    return copy.deepcopy((server.library, server.theme_of))


@pytest.fixture
def settled(world: World) -> World:
    """The content is on prod already."""
    world.apply(plan(world))
    world.prod.writes.clear()
    return world


@pytest.fixture
def themed(world: World) -> World:
    theme(world.dev, 3)
    world.dev.theme_of[SALES] = 3
    return world


class TestThemes:
    def test_a_missing_one_is_created_set_and_removed_by_a_rollback(self, themed: World) -> None:
        planned = plan(themed, Aspect.THEMES)
        assert "themes" not in notes(planned)
        assert Plan.from_json(planned.plan.to_json()) == planned.plan
        themed.apply(planned)
        [row] = themed.prod.library["theme"].values()
        assert (row["theme_name"], row["json_data"]) == ("Dark", DARK)
        assert themed.prod.theme_of == {SALES: row["id"]}
        assert not plan(themed, Aspect.THEMES).plan.pending
        themed.roll_back(planned)
        assert state(themed.prod)[0]["theme"] == {}
        assert themed.prod.theme_of == {}

    def test_it_stays_and_is_a_loss_where_nobody_asks_for_it(self, themed: World) -> None:
        themed.apply(plan(themed))
        theme(themed.prod, 900, "Own")
        themed.prod.theme_of[SALES] = 900
        themed.dev.document(SALES)["dashboard_title"] = "Sales, new"
        planned = plan(themed, Aspect.TAGS)
        assert notes(planned)["themes"] == ("dashboard “Sales, new”",)
        themed.apply(planned)
        assert themed.prod.theme_of == {SALES: 900}

    def test_the_target_s_own_of_that_name_is_used_and_the_former_comes_back(self, themed: World) -> None:
        themed.apply(plan(themed))
        theme(themed.prod, 900, "Own")
        theme(themed.prod, 901, "Dark", LIGHT)
        themed.prod.theme_of[SALES] = 900
        before = state(themed.prod)
        planned = plan(themed, Aspect.THEMES)
        [attachment] = found(planned, Aspect.THEMES).values()
        assert (attachment.removed, attachment.added) == (("Own",), ("Dark",))
        assert notes(planned)["themes_differ"] == ("dashboard “Sales Dashboard”: Dark",)
        themed.apply(planned)
        assert themed.prod.theme_of == {SALES: 901}
        assert themed.prod.library["theme"][901]["json_data"] == LIGHT
        themed.roll_back(planned)
        assert state(themed.prod) == before

    def test_a_source_without_one_takes_none_away(self, settled: World) -> None:
        theme(settled.prod, 900)
        settled.prod.theme_of[SALES] = 900
        assert not plan(settled, Aspect.THEMES).plan.pending

    @pytest.mark.parametrize("use", ["dashboard", "default", "changed"])
    def test_a_created_one_stays_that_somebody_uses_or_changed(self, themed: World, use: str) -> None:
        planned = plan(themed, Aspect.THEMES)
        themed.apply(planned)
        [row] = themed.prod.library["theme"].values()
        if use == "dashboard":
            other = {"uuid": "another", "dashboard_title": "Other", "position": {}, "metadata": {}}
            themed.prod.documents[Kind.DASHBOARD][4711] = other
            themed.prod.members[4711] = []
            themed.prod.theme_of[Key(Kind.DASHBOARD, "another")] = row["id"]
        elif use == "default":
            row["is_system_default"] = True
        else:
            row["json_data"] = LIGHT
        themed.roll_back(planned)
        assert list(themed.prod.library["theme"]) == [row["id"]]
        assert SALES not in themed.prod.theme_of

    def test_a_release_without_themes_is_a_loss_by_name(self, themed: World) -> None:
        themed.prod.unshown["theme"] = NotFound("Not found", environment="prod")
        planned = plan(themed, Aspect.THEMES)
        assert notes(planned)["themes"] == ("dashboard “Sales Dashboard”",)
        assert planned.plan.attachments == ()

    def test_another_one_since_the_plan_stops_an_apply(self, themed: World) -> None:
        themed.apply(plan(themed))
        planned = plan(themed, Aspect.THEMES)
        theme(themed.prod, 900, "Own")
        themed.prod.theme_of[SALES] = 900
        with pytest.raises(PlanStale, match="its themes changed"):
            themed.apply(planned)


class TestTemplates:
    @pytest.fixture
    def styled(self, world: World) -> World:
        world.dev.document(SALES)["css"] = f"  {CSS}\n"
        world.dev.shelve("css_template", 5, template_name="Red", css=CSS.replace(" ", "\n"))
        world.dev.shelve("css_template", 6, template_name="Blue", css=".header { color: blue }")
        return world

    def test_that_of_a_dashboard_is_created_and_goes_again(self, styled: World) -> None:
        planned = plan(styled, Aspect.CSS)
        styled.apply(planned)
        [row] = styled.prod.library["css_template"].values()
        assert (row["template_name"], row["css"]) == ("Red", CSS.replace(" ", "\n"))
        assert not plan(styled, Aspect.CSS).plan.pending
        styled.roll_back(planned)
        assert styled.prod.library["css_template"] == {}

    def test_another_of_that_name_is_updated_and_comes_back(self, styled: World) -> None:
        styled.prod.shelve("css_template", 900, template_name="Red", css="p {}")
        before = state(styled.prod)
        planned = plan(styled, Aspect.CSS)
        styled.apply(planned)
        assert styled.prod.library["css_template"][900]["css"] == CSS.replace(" ", "\n")
        styled.roll_back(planned)  # and its dashboard goes
        assert state(styled.prod) == before

    def test_two_of_one_name_are_left_alone(self, styled: World) -> None:
        for number in (900, 901):
            styled.prod.shelve("css_template", number, template_name="Red", css="p {}")
        planned = plan(styled, Aspect.CSS)
        assert notes(planned)["records_ambiguous"] == ("template “Red”",)
        assert found(planned, Aspect.CSS) == {}

    @pytest.mark.parametrize("side", ["dev", "prod"])
    def test_a_server_that_shows_none_is_a_note(self, styled: World, side: str) -> None:
        getattr(styled, side).unshown["css_template"] = NotPermitted("Forbidden", environment=side)
        planned = plan(styled, Aspect.CSS)
        assert notes(planned)["css_unread"] == ()
        assert planned.plan.attachments == ()

    def test_one_that_somebody_changed_since_is_kept(self, styled: World) -> None:
        planned = plan(styled, Aspect.CSS)
        styled.apply(planned)
        [row] = styled.prod.library["css_template"].values()
        row["css"] = "p {}"
        result = styled.roll_back(planned)
        assert list(styled.prod.library["css_template"].values()) == [row]
        assert any("Red" in each for each in result.kept)


class TestQueries:
    def test_one_that_reads_a_table_of_the_plan_is_created_on_the_mapped_connection(self, world: World) -> None:
        query(world.dev, 5, template_parameters='{"a": 1}')
        query(world.dev, 6, label="Other", sql="SELECT * FROM unrelated")
        query(world.dev, 7, label="Elsewhere", db_id=4711)
        planned = plan(world, Aspect.QUERIES)
        assert "queries_own" in notes(planned)
        world.apply(planned)
        [row] = world.prod.library["saved_query"].values()
        assert (row["label"], row["schema"], row["template_parameters"]) == ("Top", "main", '{"a": 1}')
        assert row["db_id"] == world.prod.id_of(Key(Kind.DATABASE, WAREHOUSE))
        assert not plan(world, Aspect.QUERIES).plan.pending
        world.roll_back(planned)
        assert world.prod.library["saved_query"] == {}

    def test_a_different_one_of_that_label_is_updated_and_comes_back(self, settled: World) -> None:
        query(settled.dev, 5)
        query(settled.prod, 900, sql="SELECT 1", description="mine")
        query(settled.prod, 901, schema="other")
        before = state(settled.prod)
        planned = plan(settled, Aspect.QUERIES)
        settled.apply(planned)
        row = settled.prod.library["saved_query"][900]
        assert (row["sql"], row["description"]) == ("SELECT * FROM cleaned_sales_data", None)
        settled.roll_back(planned)
        assert state(settled.prod) == before

    def test_what_does_not_read_back_is_reported(self, settled: World, monkeypatch: Any) -> None:
        query(settled.dev, 5)
        planned = plan(settled, Aspect.QUERIES)
        monkeypatch.setattr(settled.prod, "put_in_library", lambda *_: None)
        with pytest.raises(NotVerified, match="query “Top”: its queries changed"):
            settled.apply(planned)

    def test_a_server_that_shows_none_is_a_note(self, settled: World) -> None:
        query(settled.dev, 5)
        settled.prod.unshown["saved_query"] = NotPermitted("Forbidden", environment="prod")
        planned = plan(settled, Aspect.QUERIES)
        assert "queries_unread" in notes(planned)
        assert not planned.plan.pending


@pytest.mark.parametrize(
    ("aspect", "view"), [(Aspect.THEMES, "Theme"), (Aspect.CSS, "CssTemplate"), (Aspect.QUERIES, "SavedQuery")]
)
def test_an_account_that_may_not_set_them_refuses_the_plan(themed: World, aspect: Aspect, view: str) -> None:
    themed.dev.document(SALES)["css"] = CSS
    themed.dev.shelve("css_template", 5, template_name="Red", css=CSS)
    query(themed.dev, 5)
    has = RELEASE.permissions
    everything = {has.on(verb, kind) for verb in (has.read, has.write, has.export) for kind in Kind}
    themed.prod.rights = frozenset({*everything, *has.importing})
    with pytest.raises(PlanUnsafe, match=f"lacks can_write on {view}"):
        plan(themed, aspect)


def test_a_plan_that_leaves_the_server_has_no_secret_of_what_hangs_beside(world: World) -> None:
    query(world.dev, 5, sql="SELECT * FROM cleaned_sales_data, dblink('host=h password=S3cr3t')")
    planned = plan(world, Aspect.QUERIES).plan
    assert "S3cr3t" not in json.dumps(masked_plan(planned).to_json())
    assert "S3cr3t" not in as_text(planned)
    [sent] = [item.facts["sql"] for each in planned.attachments for item in each.after]
    assert "S3cr3t" in sent, "what is written is the whole of it"


def test_a_plan_that_leaves_the_server_has_no_secret_of_what_it_relies_on(world: World) -> None:
    relied = (Reliance(SALES, "Sales", (Item(1, "password=S3cr3t"),)),)
    planned = replace(plan(world).plan, relied=relied)
    assert "S3cr3t" not in json.dumps(masked_plan(planned).to_json())


def test_an_undo_leaves_the_theme_that_somebody_created_between_plan_and_apply(themed: World) -> None:
    planned = plan(themed, Aspect.THEMES)
    theme(themed.prod, 900)
    themed.apply(planned)
    themed.roll_back(planned)
    assert list(themed.prod.library["theme"]) == [900]


def test_an_undo_leaves_a_created_theme_where_the_account_may_not_see_who_uses_it(themed: World) -> None:
    """A draft of others is on no list of an account that is no administrator."""
    planned = plan(themed, Aspect.THEMES)
    themed.apply(planned)
    [number] = themed.prod.library["theme"]
    hidden = Key(Kind.DASHBOARD, "99999999-9999-4999-8999-999999999999")
    themed.prod.theme_of[hidden] = number
    themed.prod.admin = False
    themed.roll_back(planned)
    assert themed.prod.theme_of == {hidden: number}


@pytest.mark.parametrize("choice", list(Choice))
def test_an_undo_ends_where_the_former_theme_was_deleted_since(settled: World, choice: Choice) -> None:
    theme(settled.dev, 3)
    settled.dev.theme_of[SALES] = 3
    theme(settled.prod, 900, "Own")
    settled.prod.theme_of[SALES] = 900
    planned = plan(settled, Aspect.THEMES)
    settled.apply(planned)
    del settled.prod.library["theme"][900]
    result = settled.roll_back(planned, choice=choice)
    assert any("theme" in line for line in result.kept)
