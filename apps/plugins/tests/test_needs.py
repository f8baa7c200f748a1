from __future__ import annotations

import pytest

from apps.plugins.needs import as_text, fits, texts_within


def test_words_are_stored_sorted_and_once():
    assert as_text(["heavy", "browser", "heavy"]) == "browser heavy"
    assert as_text(frozenset()) == ""


def test_a_worker_takes_what_its_words_can_form_and_what_needs_nothing():
    assert texts_within([]) == [""]
    assert texts_within(["heavy", "browser"]) == ["", "browser", "heavy", "browser heavy"]


@pytest.mark.parametrize(
    ("needs", "offers", "well"),
    [("", "", True), ("", "browser", True), ("browser", "", False), ("browser", "browser heavy", True),
     ("browser heavy", "heavy", False)],
)  # fmt: skip
def test_the_database_and_python_agree(needs, offers, well):
    assert fits(needs, offers) is well
    assert (needs in texts_within(offers.split())) is well
