from __future__ import annotations

import json
import uuid

import pytest

from apps.core.encryption import Secret
from apps.environments.tests.factories import PASSWORD, make_environment
from apps.plugins.models import PluginRecord
from apps.tasks.masking import LONGEST, Mask, known_secrets


def test_the_secret_of_every_environment_is_hidden_wherever_it_stands(db):
    make_environment("dev")
    mask = Mask(known_secrets())
    assert mask.text(f"signing in with {PASSWORD}.") == "signing in with ********."
    assert mask.json({"tried": [f"{PASSWORD}!"]}) == {"tried": ["********!"]}


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("postgres://robot:hunter2@db:5432/x", "postgres://robot:********@db:5432/x"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer ********"),
        ("https://host:8088/path is no secret", "https://host:8088/path is no secret"),
    ],
)
def test_what_looks_like_a_secret_is_hidden(text, masked):
    assert Mask([]).text(text) == masked


def test_a_name_that_sounds_like_a_secret_hides_its_value():
    assert Mask([]).json({"access_token": "abc", "token_count": 0}) == {"access_token": "********", "token_count": 0}


def test_a_short_secret_does_not_eat_words():
    assert Mask(["a"]).text("banana") == "banana"


def test_a_secret_that_holds_another_is_hidden_whole():
    assert Mask(["hunter", "hunter22"]).text("hunter22 hunter") == "******** ********"


def test_what_no_database_takes_is_taken_out():
    assert Mask([]).text("a\0b\ud800") == "ab?"
    assert Mask([]).json({"a\0": "\0", "bad": float("nan")}) == {"a": "", "bad": "NaN"}


def test_what_json_does_not_know_becomes_its_text():
    number = uuid.uuid4()
    assert Mask([]).json({"uuid": number, "pair": (1, 2)}) == {"uuid": str(number), "pair": [1, 2]}


def test_a_long_text_is_cut():
    assert Mask([]).text("x" * (LONGEST + 5)).endswith("… (5 characters more)")


@pytest.mark.django_db
def test_each_secret_setting_of_a_plugin_is_known_even_beside_one_that_no_key_opens():
    PluginRecord.objects.create(slug="greeter", secrets=Secret.of(json.dumps({"key": "open-sesame", "pin": "another"})))
    PluginRecord.objects.create(slug="other", secrets=Secret("damaged"))
    assert sorted(known_secrets()) == ["another", "open-sesame"]
