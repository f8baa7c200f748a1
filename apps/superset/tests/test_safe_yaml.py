import pytest
import yaml

from apps.superset.bundle.safe_yaml import YamlRefused, load_yaml


@pytest.mark.parametrize(
    "text",
    [
        "",
        "---\n",
        "# nothing\n",
        "42",
        "- a\n- 'b'\n- |\n  c\n",
        "{a: {b: [1, {c: }]}, d: []}",
        "a: 1\nb: 2\na: 3\n",
        "{1: a, 1.0: b, true: c, null: d, 2020-01-01: e, '1': f}",
        "[1, 0o7, 017, 0x1F, 0b11, 1_000, 190:20:30, 1., .5, 1e3, 1.5e+3, .inf, -.INF]",
        "[yes, No, on, OFF, y, true, TRUE, ~, null, Null, nULL]",
        "[2020-01-01, 2020-01-01T10:00:00Z, 2020-1-1 1:2:3.5 +01:30, 12:30:45]",
        "['yes', \"12\", '2020-01-01', '~']",
        "[! 12, ! '12', !!str 12, !!int '12', !!float 1, !!set {a, b}, !!binary aGk=, !!omap [a: 1]]",
        "{a: &x {b: 1}, c: {<<: *x, d: 2}, e: *x}",
        "{<<: {a: 1}, a: 2}",
        "{'<<': 1, '=': 2}",
        "[&x 1, *x, &y yes, *y]",
        f"{{{'k' * 70}: {'v' * 70}, n: {'9' * 70}}}",
        "{a: 1}\n...\n",
        "%YAML 1.1\n---\na: 1\n",
    ],
)
def test_any_text_means_what_it_means_to_superset(text):
    mine, theirs = load_yaml(text), yaml.safe_load(text)
    assert (mine, repr(mine)) == (theirs, repr(theirs))


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\n---\nb: 2\n",
        "{[a]: 1}",
        "{{a: 1}: 1}",
        "[=]",
        "2020-13-45",
        "!unknown 1",
        "!!python/object:os.system {}",
        "<<: 1",
        "*nowhere",
        "a: [",
        "9" * 5000,
    ],
)
def test_what_superset_does_not_load_is_refused(text):
    with pytest.raises((yaml.YAMLError, ValueError)):
        yaml.safe_load(text)
    with pytest.raises(YamlRefused):
        load_yaml(text)


def test_texts_that_repeat_are_kept_once():
    first, second = load_yaml("[{label: total}, {label: total}]")
    assert next(iter(first)) is next(iter(second))
    assert first["label"] is second["label"]
