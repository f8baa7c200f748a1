"""Links and styles: what names something of the source is found as it is written, what only looks like it is not."""

from __future__ import annotations

import time
from itertools import pairwise
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.superset.tests.builders import splice
from apps.superset.texts import css, links
from apps.superset.texts.spans import NOTHING

ORIGIN = "https://dev.example"

FOUND = [
    ("/superset/dashboard/5/", "dashboard 5"),
    ("/superset/dashboard/5?standalone=1", "dashboard 5"),
    ("See /superset/dashboard/5.", "dashboard 5"),
    ("[a](/superset/dashboard/5)", "dashboard 5"),
    ('<a href="/superset/slice/7/">', "chart 7"),
    ("<a href=/superset/slice/7/>", "chart 7"),
    ('{"x": "<a href=\\"\\/superset\\/slice\\/7\\/\\">"}', "chart 7"),
    ("/explore/?slice_id=5", "chart 5"),
    ("/explore/?slice_id=5&amp;datasource=3__table", "chart 5, dataset 3"),
    ("/explore/?datasource_type=table&datasource_id=3", "dataset 3"),
    ("/superset/explore/?datasource=3__table", "dataset 3"),
    ("/superset/explore/table/3/", "dataset 3"),
    ("/superset/explore_json/table/3/", "dataset 3"),
    ("/explore/?form_data=" + quote('{"slice_id":5,"datasource":"3__table"}'), "chart 5, dataset 3"),
    ('/explore/?form_data={"slice_id": 5, "datasource": "3__table"}', "chart 5, dataset 3"),
    ("/api/v1/chart/5/data/", "chart 5"),
    ("/api/v1/dataset/3", "dataset 3"),
    ("/api/v1/database/2/tables/", "database 2"),
    ("/dataset/3", "dataset 3"),
    ("/tablemodelview/edit/3", "dataset 3"),
    ("/dashboard/5/embedded", "dashboard 5"),
    ("/superset/sqllab?dbid=2", "database 2"),
    ("/sqllab/?dbid=2", "database 2"),
    ("/superset/dashboard/sales/", "dashboard sales"),
    ("/superset/dashboard/5/?focused_chart=7", "dashboard 5, chart 7"),
    ("https://dev.example/superset/dashboard/5/", "dashboard 5"),
    ("//dev.example:443/superset/dashboard/5/", "dashboard 5"),
    (quote("https://dev.example/superset/dashboard/5/", safe=""), "dashboard 5"),
    ("https://other.example/?next=https://dev.example/superset/dashboard/5/", "dashboard 5"),
    ("[https://other.example](/superset/dashboard/5/)", "dashboard 5"),
    ("/superset/dashboard/5, /superset/slice/7; /dataset/3", "dashboard 5, chart 7, dataset 3"),
]

TOLD = [
    ("/superset/dashboard/p/abc/", "permalink"),
    ("/superset/explore/p/abc/", "permalink"),
    ("/sqllab/p/abc", "permalink"),
    ("/explore/?form_data_key=abc", "form data key"),
    ("/superset/dashboard/p/x/?native_filters_key=abc", "permalink"),
    ("/embedded/0000-1", "embedded dashboard"),
    ("/sqllab/?savedQueryId=4", "saved query number"),
    ("/explore/?datasource_id=4&datasource_type=query", "query number"),
    ("/explore/?slice_id={{id}}", "computed link"),
    ("/superset/dashboard/{{id}}/", "computed link"),
    ("/api/v1/theme/4", "number"),
]

OTHERS = [
    "https://other.example/superset/dashboard/5/",
    "https://other.example/explore/?slice_id=5",
    "https://other.example/?next=/superset/dashboard/5/",
    "https://dev.example.org/superset/dashboard/5/",
    "https://other.example/?slice_id=5",
    "/superset/dashboardx/5",
    "/foo/superset/dashboard/5",
    "/superset/welcome/",
    "/dashboard/list/",
    "/dataset/add/",
    "slice_id=5 dashboard 5 superset/5",
    "select a / 5 from explore",
]

STYLES = [
    (".dashboard-chart-id-5 { color: red }", [5]),
    ("#chart-id-5, #chart-id-6 .x", [5, 6]),
    ('[data-test-chart-id="5"]', [5]),
    ("[data-test-chart-id='5']", [5]),
    ("[data-test-chart-id=5]", [5]),
    ("#slice-container-5", [5]),
    ("#slice_5-controls, #slice_6-menu", [5, 6]),
    (".my-chart-id-5 .chart-id-5x .chart-id-x5 .chart-id-5-a .chart-5 .slice_5", []),
]


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_a_link_of_the_source_is_found_in_its_place(text, expected):
    spans = links.find(text, ORIGIN).spans
    named = [f"{span.kind} {span.number if span.number is not None else span.name}" for span in spans]
    assert ", ".join(named) == expected
    assert [text[span.start : span.end] for span in spans] == [name.split()[1] for name in named]


@pytest.mark.parametrize(("text", "what"), TOLD)
def test_what_has_no_number_of_its_own_is_reported(text, what):
    found = links.find(text, ORIGIN)
    assert [each.what for each in found.server_bound] == [what]
    assert found.spans == ()


@pytest.mark.parametrize("text", OTHERS)
def test_what_only_looks_like_a_link_stays(text):
    assert links.find(text, ORIGIN) == NOTHING


def test_the_host_of_the_source_is_found_beside_its_link():
    text = "see https://dev.example/superset/dashboard/5/"
    found = links.find(text, ORIGIN)
    assert [text[host.start : host.end] for host in found.hosts] == ["https://dev.example"]
    assert [span.how for span in found.spans] == ["own host"]


def test_links_to_a_superset_under_a_path_of_its_host_are_found():
    origin = "https://dev.example/bi"
    assert [span.number for span in links.find("https://dev.example/bi/superset/dashboard/5/", origin).spans] == [5]
    assert [span.number for span in links.find("/bi/superset/dashboard/5/", origin).spans] == [5]
    assert links.find("https://dev.example/other/superset/dashboard/5/", origin) == NOTHING


@pytest.mark.parametrize(("text", "numbers"), STYLES)
def test_styles_name_charts(text, numbers):
    spans = css.find(text).spans
    assert [span.number for span in spans] == numbers
    assert [int(text[span.start : span.end]) for span in spans] == numbers


@given(st.lists(st.sampled_from([text for text, _ in FOUND] + OTHERS) | st.text(max_size=9)).map(" ".join))
@settings(deadline=None)
def test_the_same_numbers_give_the_same_text(text):
    for found in (links.find(text, ORIGIN), css.find(text)):
        assert all(first.end <= second.start for first, second in pairwise(found.spans))
        assert splice(text, {span: span.name or str(span.number) for span in found.spans}) == text


@pytest.mark.parametrize(
    "piece",
    [
        "/explore",
        "/explore/?form_data=",
        "/superset/dashboard/",
        "%2Fexplore",
        "https://",
        "form_data={",
        "chart-id-",
        "](",
    ],
)
def test_no_text_takes_forever(piece):
    text = "/explore " + piece * (300_000 // len(piece))
    start = time.process_time()
    links.find(text, ORIGIN)
    css.find(text)
    assert time.process_time() - start < 5


def test_a_long_text_without_links_costs_next_to_nothing():
    text = "select a, b from some_table where c / 5 = 6 -- data\n" * 20_000
    start = time.process_time()
    assert links.find(text, ORIGIN) == css.find(text) == NOTHING
    assert time.process_time() - start < 0.02
