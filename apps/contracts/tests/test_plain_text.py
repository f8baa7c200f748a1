from __future__ import annotations

import json

import pytest

from apps.contracts.plain_text import name, one_line, plain, plain_json, storable, unstorable_in

BIDI = [chr(number) for number in (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))]
BREAKS = ["\n", "\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
HIDDEN = [
    "\0",
    "\x07",
    "\x1b",
    "\x7f",
    "\x9b",
    "\x9d",
    "\u200b",
    "\u200d",
    "\u2060",
    "\ufeff",
    "\u00ad",
    "\U000e0041",
    "\ud800",
]


@pytest.mark.parametrize("char", [*BIDI, *BREAKS, *HIDDEN])
def test_nothing_invisible_and_no_line_break_is_left_in_one_line(char):
    shown = one_line(f"a{char}b")
    assert char not in shown
    assert len(shown.splitlines()) == 1
    assert shown.startswith("a\\")
    assert shown.isprintable()


def test_what_people_write_stays_as_it_is():
    for text in ("Umsätze 2026 – “Überblick”", "売上", "продажи", "מכירות", "📈❤️", "a\\b", "50 % — 1 000"):
        assert one_line(text) == plain(text) == storable(text) == text


def test_terminal_sequences_are_shown_and_not_sent():
    assert one_line("\x1b]0;x\x07\x1b[2J") == r"\x1b]0;x\x07\x1b[2J"


def test_text_of_several_lines_keeps_its_line_feeds_and_nothing_else():
    assert plain("a\n\tb\r\n\x1b[1mc\u202e") == "a\n\tb\\r\n\\x1b[1mc\\u202e"


def test_two_different_names_never_look_the_same():
    assert len({one_line(text) for text in ("ab", "a\u200bb", "a\u200cb", "a\0b")}) == 4


def test_a_long_name_is_cut_in_one_line():
    assert name("x" * 1_000) == "x" * 199 + "…"


def test_only_what_no_database_takes_is_replaced_on_the_way_in():
    assert storable("a\0b\ud800\n\u202e") == "a\\x00b\\ud800\n\u202e"
    storable("\udfff\0").encode()


def test_json_text_keeps_its_value_when_its_invisible_characters_are_escaped():
    value = {"a\u202eb": ["\x9b", "\u2028", "\U000e0041", "ok\n"]}
    text = plain_json(json.dumps(value, ensure_ascii=False, indent=2))
    assert json.loads(text) == value
    assert not any(char in text for char in "\u202e\x9b\u2028\U000e0041")


def test_the_place_of_what_cannot_be_stored_is_named():
    assert unstorable_in({"a": [{"b": "x\0"}]}) == "a.0.b"
    assert unstorable_in({"a": {"b\ud800": 1}}) == "a.b\\ud800"
    assert unstorable_in({"a": [1, None, "fine"]}) == ""
