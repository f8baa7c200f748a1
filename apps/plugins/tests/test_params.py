from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import pytest
from django.core.exceptions import ValidationError

from apps.plugins.params import json_schema, parse, refuse_unknown_types, to_json


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Params:
    name: str = field(metadata={"title": "Name", "help": "of the thing"})
    count: int = 3
    ratio: float = 0.5
    really: bool = False
    colour: Colour = Colour.RED
    tags: tuple[str, ...] = ()
    note: str | None = None


FULL = {
    "name": "x",
    "count": 4,
    "ratio": 1.5,
    "really": True,
    "colour": "blue",
    "tags": ["a", "b"],
    "note": "so",
}


def test_what_is_left_out_has_its_default():
    assert parse(Params, {"name": "x"}) == Params("x")


def test_every_type_is_read_and_written_back():
    read = parse(Params, FULL)
    assert read == Params("x", 4, 1.5, really=True, colour=Colour.BLUE, tags=("a", "b"), note="so")
    assert to_json(read) == FULL
    assert parse(Params, to_json(read)) == read


def test_null_is_accepted_for_an_optional_parameter():
    assert parse(Params, {"name": "x", "note": None}).note is None


def test_a_whole_number_is_a_number():
    assert parse(Params, {"name": "x", "ratio": 2}).ratio == 2.0


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("name", 1, "This must be text."),
        ("count", "3", "This must be a whole number."),
        ("count", True, "This must be a whole number."),
        ("ratio", "half", "This must be a number."),
        ("really", 1, "This must be yes or no."),
        ("colour", "green", "“green” is not valid. Use one of red, blue."),
        ("colour", [], "“[]” is not valid. Use one of red, blue."),
        ("tags", "a", "This must be a list."),
        ("tags", [1], "This must be text."),
        ("note", 1, "This must be text."),
        ("size", 1, "There is no such parameter. Known parameters: name, count, ratio, really, colour, tags, note."),
    ],
)
def test_a_wrong_value_is_reported_by_its_name(name, value, sentence):
    with pytest.raises(ValidationError) as refused:
        parse(Params, {"name": "x", name: value})
    assert refused.value.message_dict == {name: [sentence]}


def test_a_missing_parameter_is_reported():
    with pytest.raises(ValidationError) as refused:
        parse(Params, {})
    assert refused.value.message_dict == {"name": ["This parameter is required."]}


def test_the_schema_describes_all_parameters():
    schema = json_schema(Params)
    assert schema["required"] == ["name"]
    assert schema["additionalProperties"] is False
    assert schema["properties"] == {
        "name": {"type": "string", "title": "Name", "description": "of the thing"},
        "count": {"type": "integer", "default": 3},
        "ratio": {"type": "number", "default": 0.5},
        "really": {"type": "boolean", "default": False},
        "colour": {"type": "string", "enum": ["red", "blue"], "default": "red"},
        "tags": {"type": "array", "items": {"type": "string"}, "default": []},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
    }


@dataclass(frozen=True)
class Bytes:
    content: bytes


@dataclass(frozen=True)
class Pair:
    pair: tuple[int, str]


@dataclass(frozen=True)
class Choice:
    either: int | str


@pytest.mark.parametrize("params", [Bytes, Pair, Choice, dict])
def test_a_type_that_json_has_no_word_for_is_refused(params):
    with pytest.raises(TypeError):
        refuse_unknown_types(params)
