"""Numbers in texts: they mean on the target what they meant on the source, or the plan says so first."""

from __future__ import annotations

import pytest

from apps.superset.assets import Key, Kind
from apps.superset.errors import PlanUnsafe
from apps.superset.plan.plan import Action
from apps.superset.references.graph import closure
from apps.superset.tests.world import BIRTHS, REVENUE, SALES, SALES_DATA, WAREHOUSE, World, recorded


@pytest.fixture
def world() -> World:
    """Dev has two dashboards; nobody asked for the datasets of the second."""
    return World(SALES, BIRTHS)


@pytest.fixture
def births(world: World) -> Key:
    """A dataset that only a macro brings along."""
    return next(key for key in closure(recorded(), [BIRTHS]).keys if key.kind is Kind.DATASET)


MACROS = [
    "select * from {{ dataset(%d) }} -- as it was",
    "select * from {{ dataset(dataset_id=%d) }}",
    "select * from {{ dataset('%d') }}",
    "select *\r\nfrom {{- dataset( %d ) -}}\r\n",
    "{%% set s = dataset(%d) %%}select * from {{ s }}",
    "{%% set s = %d %%}select * from {{ dataset(s) }}",
    "select {{ metric('count', %d) }}",
    "select {{ metric('count', dataset_id=%d) }}",
    "{%% if true %%}select * from {{ dataset(%d) }}{%% endif %%}",
]


@pytest.mark.parametrize("sql", MACROS)
def test_a_macro_names_the_same_dataset_on_the_target_and_brings_it_along(world: World, births: Key, sql: str) -> None:
    world.dev.document(SALES_DATA)["sql"] = sql % world.dev.id_of(births)
    planned = world.plan("1")
    assert births in planned.desired
    world.apply(planned)
    assert world.prod.document(SALES_DATA)["sql"] == sql % world.prod.id_of(births)
    assert not world.plan("1").plan.with_action(Action.CREATE, Action.UPDATE)


@pytest.mark.parametrize(
    "sql",
    [
        "select * from {{ dataset(url_param('d')) }}",
        "select * from {{ dataset(5 + 5) }}",
        "{% set f = dataset %}select * from {{ f(5) }}",
        "select * from {{ dataset(987654) }}",
    ],
)
def test_a_macro_that_nobody_can_resolve_refuses_the_plan_until_it_is_acknowledged(world: World, sql: str) -> None:
    world.dev.document(SALES_DATA)["sql"] = sql
    with pytest.raises(PlanUnsafe, match="in a Jinja macro that cannot be rewritten") as refused:
        world.plan("1")
    (reason,) = refused.value.context["reasons"]
    assert reason["acknowledge"] == f"jinja:{SALES_DATA}"
    planned = world.plan("1", acknowledged=frozenset({reason["acknowledge"]}))
    assert "jinja" in {note.kind for note in planned.plan.warnings}
    world.apply(planned)
    assert world.prod.document(SALES_DATA)["sql"] == sql


@pytest.mark.parametrize(
    "sql",
    [
        "select 1 {# dataset(12) #} {% raw %}{{ dataset(12) }}{% endraw %}",
        "select '/superset/dashboards/12/'",
        "select {{ metric('count') }}",
    ],
)
def test_what_only_looks_like_a_reference_stays_and_is_not_reported(world: World, sql: str) -> None:
    before = {note.kind for note in world.plan("1").plan.warnings}
    world.dev.document(SALES_DATA)["sql"] = sql
    planned = world.plan("1")
    assert {note.kind for note in planned.plan.warnings} == before
    world.apply(planned)
    assert world.prod.document(SALES_DATA)["sql"] == sql


def test_a_template_of_the_browser_is_no_macro(world: World) -> None:
    text = "{{ dataset(12) }}"
    world.dev.document(REVENUE)["params"]["handlebarsTemplate"] = text
    world.apply(world.plan("1"))
    assert world.prod.document(REVENUE)["params"]["handlebarsTemplate"] == text


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.DASHBOARD, "see [all](/superset/dashboard/%d/?standalone=1#top)"),
        (Kind.CHART, 'see <a href="/explore/?slice_id=%d&amp;x=1">all</a>'),
        (Kind.CHART, "see /superset/slice/%d/"),
        (Kind.DATASET, "see /explore/?datasource=%d__table"),
        (Kind.CHART, ".dashboard-chart-id-%d { color: red }"),
    ],
)
def test_a_link_to_what_travels_has_the_number_of_the_target(world: World, kind: Kind, text: str) -> None:
    named = {Kind.DASHBOARD: SALES, Kind.CHART: REVENUE, Kind.DATASET: SALES_DATA}[kind]
    world.dev.document(REVENUE)["description"] = text % world.dev.id_of(named)
    planned = world.plan("1")
    assert not {note.kind for note in planned.plan.warnings} & {"link_numbers", "link_absent", "link_keys"}
    world.apply(planned)
    assert world.prod.document(REVENUE)["description"] == text % world.prod.id_of(named)
    assert not world.plan("1").plan.with_action(Action.CREATE, Action.UPDATE)


def test_a_link_to_what_the_target_does_not_have_stays_and_is_reported(world: World) -> None:
    text = f"see /superset/dashboard/{world.dev.id_of(BIRTHS)}/"
    world.dev.document(REVENUE)["description"] = text
    planned = world.plan("1")
    (note,) = [note for note in planned.plan.warnings if note.kind == "link_absent"]
    assert note.assets == (f"chart “Total Revenue”: description: {BIRTHS}",)
    world.apply(planned)
    assert world.prod.document(REVENUE)["description"] == text


def test_a_link_that_somebody_set_right_on_the_target_is_not_put_back(world: World) -> None:
    """What the source's number names has come to the target by its own way meanwhile."""
    world.apply(world.plan("1"))
    world.apply(world.plan(str(world.dev.id_of(BIRTHS))))
    world.dev.document(REVENUE)["description"] = f"see /superset/dashboard/{world.dev.id_of(BIRTHS)}/"
    world.prod.document(REVENUE)["description"] = f"see /superset/dashboard/{world.prod.id_of(BIRTHS)}/"
    assert not world.plan("1").plan.with_action(Action.UPDATE)


def test_a_link_in_a_name_is_reported_and_stays(world: World) -> None:
    name = f"see /superset/dashboard/{world.dev.id_of(SALES)}/"
    world.dev.document(REVENUE)["slice_name"] = name
    planned = world.plan("1")
    (note,) = [note for note in planned.plan.warnings if note.kind == "link_numbers"]
    assert note.assets == (f"chart “{name}”: slice_name: {name}",)
    world.apply(planned)
    assert world.prod.document(REVENUE)["slice_name"] == name


def test_a_number_of_nothing_is_reported_with_its_place_and_value(world: World) -> None:
    world.dev.document(REVENUE)["params"]["deck_slices"] = [987654]
    (note,) = [note for note in world.plan("1").plan.warnings if note.kind == "stale_references"]
    assert "chart “Total Revenue”: params.deck_slices: 987654" in note.assets
    assert len(note.assets) == len({text.rpartition(": ")[0] for text in note.assets}), "a place is reported once"
    (note,) = [note for note in world.plan("1").plan.warnings if note.kind == "stale_memories"]
    assert "chart “Total Revenue”" in note.assets, "its dashboards are reported without a place"


def test_a_macro_among_template_parameters_names_the_same_dataset(world: World, births: Key) -> None:
    world.dev.document(SALES_DATA)["template_params"] = {"from": f"{{{{ dataset({world.dev.id_of(births)}) }}}}"}
    world.apply(world.plan("1"))
    expected = {"from": f"{{{{ dataset({world.prod.id_of(births)}) }}}}"}
    assert world.prod.document(SALES_DATA)["template_params"] == expected


def test_a_link_to_nothing_may_stand_beside_one_that_is_rewritten(world: World) -> None:
    """And its number, on the target, may be that of something."""
    elsewhere = world.prod.id_of(Key(Kind.DATABASE, WAREHOUSE)) + 1
    world.apply(world.plan("1"))
    text = "see /superset/slice/%d/ and /explore/?datasource=%d__table"
    world.dev.document(REVENUE)["description"] = text % (world.dev.id_of(REVENUE), elsewhere)
    assert elsewhere not in world.dev.documents[Kind.DATASET]
    assert elsewhere in world.prod.documents[Kind.DATASET]
    planned = world.plan("1")
    world.apply(planned)
    assert world.prod.document(REVENUE)["description"] == text % (world.prod.id_of(REVENUE), elsewhere)
    assert not world.plan("1").plan.with_action(Action.CREATE, Action.UPDATE)


def test_a_rewritten_text_is_undone_to_what_it_was(world: World) -> None:
    world.apply(world.plan("1"))
    before = f"see /superset/slice/{world.prod.id_of(REVENUE)}/ and no more"
    world.prod.document(REVENUE)["description"] = before
    world.dev.document(REVENUE)["description"] = f"see /superset/dashboard/{world.dev.id_of(SALES)}/"
    planned = world.plan("1")
    world.apply(planned)
    assert world.prod.document(REVENUE)["description"] == f"see /superset/dashboard/{world.prod.id_of(SALES)}/"
    world.roll_back(planned)
    assert world.prod.document(REVENUE)["description"] == before


def test_a_link_to_the_address_of_the_source_stays_and_is_reported_with_the_name_of_the_choice(world: World) -> None:
    text = f"see https://dev.example/superset/dashboard/{world.dev.id_of(SALES)}/ and https://dev.example/login/"
    world.dev.document(REVENUE)["description"] = text
    planned = world.plan("1")
    (note,) = [note for note in planned.plan.warnings if note.kind == "link_hosts"]
    assert note.assets == (f"chart “Total Revenue”: description (rewrite-links:{REVENUE})",)
    world.apply(planned)
    assert world.prod.document(REVENUE)["description"] == text


def test_a_link_to_the_source_is_redirected_to_the_target_by_choice(world: World) -> None:
    text = "see https://%s.example/superset/dashboard/%d/ and https://%s.example/login/"
    world.dev.document(REVENUE)["description"] = text % ("dev", world.dev.id_of(SALES) or 0, "dev")
    chosen = frozenset({f"rewrite-links:{REVENUE}"})
    world.apply(world.plan("1", acknowledged=chosen))
    after = world.prod.document(REVENUE)["description"]
    assert after == text % ("prod", world.prod.id_of(SALES) or 0, "prod")
    assert not world.plan("1", acknowledged=chosen).plan.with_action(Action.CREATE, Action.UPDATE)


def test_a_link_to_the_address_of_the_target_is_sent_as_it_is(world: World) -> None:
    world.apply(world.plan("1"))
    text = f"see https://prod.example/superset/dashboard/{world.prod.id_of(SALES)}/"
    world.dev.document(REVENUE)["description"] = text
    world.apply(world.plan("1"))
    assert world.prod.document(REVENUE)["description"] == text
    assert not world.plan("1").plan.with_action(Action.CREATE, Action.UPDATE)


@pytest.mark.parametrize("name", ["tooltip_template", "template_of_a_plugin"])
def test_a_column_that_is_called_like_a_macro_refuses_nothing(world: World, name: str) -> None:
    """Deck.gl's tooltips are Handlebars templates, which 6.1.0 fills with the names of columns and metrics."""
    world.dev.document(REVENUE)["params"][name] = "<b>{{metric}}</b> {{ dataset }}"
    world.apply(world.plan("1"))
    assert world.prod.document(REVENUE)["params"][name] == "<b>{{metric}}</b> {{ dataset }}"


def test_a_tooltip_may_call_what_it_likes(world: World) -> None:
    world.dev.document(REVENUE)["params"]["tooltip_template"] = "{{ metric(5, dataset_id=987654) }}"
    assert world.plan("1").plan.changes


@pytest.mark.parametrize("name", ["comparator", "val", "filterState"])
def test_a_value_that_a_filter_chooses_is_no_link(world: World, name: str) -> None:
    held = {name: [f"/superset/dashboard/{world.dev.id_of(SALES)}/"]}
    world.dev.document(REVENUE)["params"]["adhoc_filters"] = [held]
    world.apply(world.plan("1"))
    assert world.prod.document(REVENUE)["params"]["adhoc_filters"] == [held]
