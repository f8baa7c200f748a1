"""Numbers in macros are found where jinja2 itself reads them, and whatever is not sure is said."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import DebugUndefined, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from apps.superset.assets import Kind
from apps.superset.tests.builders import splice
from apps.superset.texts import jinja
from apps.superset.texts.spans import NOTHING, Why

FOUND = [
    ("{{ dataset(5) }}", [5]),
    ("{{dataset(5)}}", [5]),
    ("{{ dataset( 5 ) }} {{ dataset(6) }}", [5, 6]),
    ("{{ dataset(dataset_id=5) }}", [5]),
    ("{{ dataset('5') }}", [5]),
    ('{{ dataset("5", columns=["a"]) }}', [5]),
    ("{{ dataset(0x1F) }}", [31]),
    ("{{ dataset((5)) }}", [5]),
    ("{{ metric('x', 5) }}", [5]),
    ("{{ metric('x', dataset_id=5) }}", [5]),
    ("{{ metric(dataset_id='5', metric_key='x') }}", [5]),
    ("{{ dataset(5) | replace('a', 'b') | upper }}", [5]),
    ("{{ ('select * from ' ~ dataset(5)) | trim }}", [5]),
    ("{% if x %}{{ dataset(5) }}{% else %}{{ dataset(6) }}{% endif %}", [5, 6]),
    ("{{ dataset(5 if x else 6) }}", [5, 6]),
    ("{{ dataset(5) if x else dataset(6) }}", [5, 6]),
    ("{% set s = dataset(5) %}{{ s }}", [5]),
    ("{% set s = 5 %}{{ dataset(s) }} {{ metric('m', s) }}", [5]),
    ("{% set s = '5' %}{{ dataset(dataset_id=s) }}", [5]),
    ("{% set s = 5 %}{% set t = s %}{{ dataset(t) }}", [5]),
    ("{% with s = 5 %}{{ dataset(s) }}{% endwith %}", [5]),
    ("{% for d in [1, 2] %}{{ dataset(d) }}{% if not loop.last %} UNION {% endif %}{% endfor %}", [1, 2]),
    ("{% for d in (1, '2') %}{{ dataset(d) }}{% endfor %}", [1, 2]),
    ("{% set all = [1, 2] %}{% for d in all %}{{ dataset(d) }}{% endfor %}", [1, 2]),
    ("{% macro m(a) %}{{ dataset(5) }}{{ a }}{% endmacro %}{{ m(7) }}", [5]),
    ("{% filter upper %}{{ dataset(5) }}{% endfilter %}", [5]),
    ("{% set s %}{{ dataset(5) }}{% endset %}{{ s }}", [5]),
    ("{%- if true -%}\r\n  {{- dataset(5) -}}\r\n{%- endif %}\r\n", [5]),
    ("a\r\nb\r{{ dataset(5) }}\n\n", [5]),
    ("é{# dataset(4) #}\u2028{{ dataset(5) }}", [5]),
    ("{{ dataset(\n  5,\n  include_metrics=true) }}", [5]),
    ("{{ x | replace('\\d', '') }}{{ dataset(5) }}", [5]),
    ("{% if dataset is defined %}{{ dataset(5) }}{% endif %}", [5]),
]

UNRESOLVED = [
    ("{{ dataset(s + 1) }}", "dataset(s + 1)", Why.EXPRESSION),
    ("{{ dataset(4 + 1) }}", "dataset(4 + 1)", Why.EXPRESSION),
    ("{{ dataset(-5) }}", "dataset(-5)", Why.EXPRESSION),
    ("{{ dataset(5.0) }}", "dataset(5.0)", Why.EXPRESSION),
    ("{{ dataset('1' '2') }}", "dataset('1' '2')", Why.EXPRESSION),
    ("{{ dataset('\\x35') }}", "dataset('\\x35')", Why.EXPRESSION),
    ("{{ dataset('1' ~ '2') }}", "dataset('1' ~ '2')", Why.EXPRESSION),
    ("{{ dataset('sales') }}", "dataset('sales')", Why.EXPRESSION),
    ("{{ dataset('5' | int) }}", "dataset('5' | int)", Why.EXPRESSION),
    ("{{ dataset(5 if x) }}", "dataset(5 if x)", Why.EXPRESSION),
    ("{{ dataset(true) }}", "dataset(true)", Why.EXPRESSION),
    ("{{ dataset() }}", "dataset()", Why.EXPRESSION),
    ("{{ dataset(*[5]) }}", "dataset(*[5])", Why.EXPRESSION),
    ("{{ dataset(**{'dataset_id': 5}) }}", "dataset(**{'dataset_id': 5})", Why.EXPRESSION),
    ("{{ dataset(5, dataset_id=6) }}", "dataset(5, dataset_id=6)", Why.EXPRESSION),
    ("{{ dataset(url_param('id')) }}", "dataset(url_param('id'))", Why.EXPRESSION),
    ("{{ dataset(filter_values('id')[0]) }}", "dataset(filter_values('id')[0])", Why.EXPRESSION),
    ("{{ dataset(my_id) }}", "dataset(my_id)", Why.EXPRESSION),
    ("{{ dataset(s) }}{% set s = 5 %}", "dataset(s)", Why.EXPRESSION),
    ("{% set s = 5 %}{% set s = 6 %}{{ dataset(s) }}", "dataset(s)", Why.EXPRESSION),
    ("{% if x %}{% set s = 5 %}{% endif %}{{ dataset(s) }}", "dataset(s)", Why.EXPRESSION),
    ("{% set s = 5 %}{{ dataset(s) }} where id = {{ s }}", "dataset(s)", Why.EXPRESSION),
    ("{% set s = 5 %}{% for s in x %}{{ dataset(s) }}{% endfor %}", "dataset(s)", Why.EXPRESSION),
    ("{% set s, t = 5, 6 %}{{ dataset(s) }}", "dataset(s)", Why.EXPRESSION),
    ("{% set s = s %}{{ dataset(s) }}", "dataset(s)", Why.EXPRESSION),
    ("{% for d in [1, 2] %}{{ dataset(d) }}{{ d }}{% endfor %}", "dataset(d)", Why.EXPRESSION),
    ("{% for d in [1, x] %}{{ dataset(d) }}{% endfor %}", "dataset(d)", Why.EXPRESSION),
    ("{% for d in [1] %}{% endfor %}{{ dataset(d) }}", "dataset(d)", Why.EXPRESSION),
    ("{% for d in '12' %}{{ dataset(d) }}{% endfor %}", "dataset(d)", Why.EXPRESSION),
    (
        "{% set all = [1] %}{{ all | length }}{% for d in all %}{{ dataset(d) }}{% endfor %}",
        "dataset(d)",
        Why.EXPRESSION,
    ),
    ("{% macro m(a) %}{{ dataset(a) }}{% endmacro %}{{ m(5) }}", "dataset(a)", Why.EXPRESSION),
    ("{{ metric('x') }}", "metric('x')", Why.REQUEST),
    ("{{ metric('x', none) }}", "metric('x', none)", Why.REQUEST),
    ("{{ metric('x', dataset_id=0) }}", "metric('x', dataset_id=0)", Why.REQUEST),
    ("{{ metric(**k) }}", "metric(**k)", Why.EXPRESSION),
    ("{% set d = dataset %}{{ d(5) }}", "{% set d = dataset %}", Why.RENAMED),
    ("{{ [1] | map(dataset) }}", "{{ [1] | map(dataset) }}", Why.RENAMED),
    ("{{ dataset.func(5) }}", "{{ dataset.func(5) }}", Why.RENAMED),
    ("{% macro dataset(a) %}{% endmacro %}{{ dataset(5) }}", "dataset(5)", Why.RENAMED),
    ("{% for metric in x %}{{ metric('a', 5) }}{% endfor %}", "metric('a', 5)", Why.RENAMED),
    ("{{ dataset(5 }}", "dataset(5 }}", Why.BROKEN),
    ("{% if %}{{ dataset(5) }}", "dataset(5) }}", Why.BROKEN),
    ("{{ dataset(" + "9" * 5000 + ") }}", "dataset(" + "9" * 111 + "…", Why.BROKEN),
    ("{{ dataset(" + "(" * 5000 + ") }}", "dataset(" + "(" * 111 + "…", Why.BROKEN),
]

NO_REFERENCE = [
    "",
    "select dataset(5), metric('x', 5) from t",
    "{# {{ dataset(5) }} #}",
    "{% raw %}{{ dataset(5) }}{% endraw %}",
    "{{ 'dataset(5)' }}",
    "{{ x.dataset(5) }}",
    "{{ my_dataset(5) }}",
    "{{ other(dataset=5) }}",
    "{{ 5 }} {% if x == 5 %}dataset(5){% endif %}",
    "{% for metric in ['a', 'b'] %}sum({{ metric }}){% endfor %}",
    "{% for key, metric in all.items() %}sum({{ metric }}){% endfor %}",
    "{% macro total(metric) %}sum({{ metric }}){% endmacro %}{{ total('a') }}",
    "{% set dataset = 'a' %}{{ dataset }}",
    "{{ unclosed dataset",
    "{% endif %} metrics",
]


@pytest.mark.parametrize(("text", "numbers"), FOUND)
def test_a_literal_number_is_found_in_its_place(text, numbers):
    found = jinja.find(text)
    assert [span.number for span in found.spans] == numbers
    assert {span.kind for span in found.spans} == {Kind.DATASET}
    assert [int(text[span.start : span.end], 0) for span in found.spans] == numbers
    assert found.unresolved == ()


@pytest.mark.parametrize(("text", "quoted", "why"), UNRESOLVED)
def test_what_is_not_sure_is_said_as_written(text, quoted, why):
    found = jinja.find(text)
    assert [(each.text, each.why) for each in found.unresolved] == [(quoted, why)]
    assert found.spans == ()


@pytest.mark.parametrize("text", NO_REFERENCE)
def test_what_only_looks_like_a_macro_is_nothing(text):
    assert jinja.find(text) == NOTHING


def test_what_is_sure_is_found_beside_what_is_not():
    found = jinja.find("{{ dataset(5) }} join {{ dataset(x) }}")
    assert [span.number for span in found.spans] == [5]
    assert [each.text for each in found.unresolved] == ["dataset(x)"]


def test_a_comparison_with_a_user_number_is_reported():
    found = jinja.find("{% if current_user_id() == 5 %}a{% endif %}")
    assert [(each.text, each.what) for each in found.server_bound] == [
        ("{% if current_user_id() == 5 %}", "user number")
    ]


# What jinja2 itself does with a template is the oracle.

NUMBERS = st.integers(1, 99)
PIECES = st.one_of(
    st.text("ab \r\n\t{}%#-'é", max_size=8).filter(lambda text: not any(x in text for x in ("{{", "{%", "{#"))),
    NUMBERS.map("{{{{ dataset({}) }}}}".format),
    NUMBERS.map("{{{{- dataset(dataset_id='{}') -}}}}".format),
    NUMBERS.map("\r\n {{%- if metric('m', {}) -%}} \r\n x {{%- endif -%}}\n".format),
    st.tuples(NUMBERS, NUMBERS).map(lambda n: f"{{% for d in {list(n)} %}}{{{{ dataset(d) }}}}{{% endfor %}}"),
    st.sampled_from("stu").map(lambda name: f"{{{{ dataset({name}) }}}}"),
    st.tuples(st.sampled_from("stu"), NUMBERS).map(lambda n: f"{{% set {n[0]} = {n[1]} %}}"),
    st.sampled_from("stu").map(lambda name: f"{{{{ {name} }}}}"),
    st.sampled_from(["{# dataset(1) #}", "{% raw %}{{ dataset(1) }}{% endraw %}", "{{ 'dataset(1)' }}"]),
    st.tuples(NUMBERS, NUMBERS).map(lambda n: f"{{{{ dataset({n[0]} if u else {n[1]}) ~ '{n[0]}' }}}}"),
)


def rendered(text: str) -> tuple[str, list[int]]:
    """What a template renders to in an environment like Superset's, and the datasets that it asked for."""
    asked: list[int] = []

    def ask(dataset_id: Any) -> str:
        asked.append(int(dataset_id) if isinstance(dataset_id, int | str) else 0)
        return "(…)"

    context = {
        "dataset": ask,
        "metric": lambda metric_key, dataset_id=None: ask(dataset_id),
    }
    return SandboxedEnvironment(undefined=DebugUndefined).from_string(text).render(context), asked


@given(st.lists(PIECES, max_size=8).map("".join))
@settings(max_examples=300, deadline=None)
def test_other_numbers_in_the_spans_are_what_is_asked_for_and_nothing_else_changes(text):
    found = jinja.find(text)
    try:
        output, asked = rendered(text)
    except TemplateSyntaxError:
        assert found.spans == ()
        return
    if not found.unresolved:
        assert set(asked) <= {span.number for span in found.spans}
    moved = splice(text, {span: str(span.number + 1000) for span in found.spans})
    output_after, asked_after = rendered(moved)
    assert output_after == output
    if not found.unresolved:
        assert asked_after == [number + 1000 for number in asked]


@given(st.text(), st.text(), NUMBERS)
@settings(deadline=None)
def test_spans_hold_what_they_say_and_never_overlap(before, after, number):
    text = f"{before}{{{{ dataset({number}) }}}}{after}{{{{ dataset({number}) }}}}"
    spans = jinja.find(text).spans
    assert all(first.end <= second.start for first, second in pairwise(spans))
    assert splice(text, {span: str(span.number) for span in spans}) == text


def seconds(text: str, *, tries: int = 1) -> float:
    best = 99.0
    for _ in range(tries):
        start = time.process_time()
        jinja.find(text)
        best = min(best, time.process_time() - start)
    return best


def test_a_long_text_without_macros_costs_next_to_nothing():
    assert seconds("select a, b from some_table where c = 5 -- data\n" * 20_000, tries=3) < 0.005


@pytest.mark.parametrize(
    "piece",
    [
        "{{",
        "{%",
        "{#",
        "{{ dataset(",
        "{{ dataset(5",
        "{% raw ",
        "{% raw %}",
        "{%  ",
        "{{ '",
        '{{ "\\',
        "\r\n{%-",
        "   ",
    ],
)
def test_no_text_takes_forever(piece):
    text = "{{ dataset(5) }}" + piece * (100_000 // len(piece))
    assert seconds(text) < 3


def test_many_readings_of_a_variable_take_no_square_of_time():
    text = "{% set s = 5 %}" + "{{ dataset(s) }}" * 5_000
    assert seconds(text) < 5
    assert [span.number for span in jinja.find(text).spans] == [5]


def test_many_variables_are_read_within_seconds() -> None:
    text = "".join(f"{{% set a{n} = {n} %}}{{{{ dataset(a{n}) }}}}" for n in range(1, 1501))
    start = time.process_time()
    assert len(jinja.find(text).spans) == 1500
    assert time.process_time() - start < 4
