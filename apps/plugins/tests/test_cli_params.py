from __future__ import annotations

import pytest

from apps.core.errors import LockstepError
from apps.plugins.management.cli_params import read_cli_params
from apps.plugins.params import parse
from apps.plugins.tests.factories import GreetParams, Tone


def test_words_become_what_is_declared():
    words = ["name=Ann=a", "times=2", "loud=yes", "tone=cool", "others=b", "others=c d", "note="]
    read = parse(GreetParams, read_cli_params(GreetParams, words))
    assert read == GreetParams("Ann=a", 2, loud=True, tone=Tone.COOL, others=("b", "c d"), note="")


def test_an_empty_list_can_be_said():
    assert read_cli_params(GreetParams, ["others="]) == {"others": []}


def test_what_does_not_fit_stays_text_and_what_is_not_known_stays():
    assert read_cli_params(GreetParams, ["times=two", "loud=perhaps", "size=1"]) == {
        "times": "two",
        "loud": "perhaps",
        "size": "1",
    }


def test_a_word_without_a_value_is_refused():
    with pytest.raises(LockstepError, match="“times” is not NAME=VALUE"):
        read_cli_params(GreetParams, ["times"])
