from __future__ import annotations

from apps.core.management.output import markdown_table, table_output, text_table

ROWS = [("dev", "ok"), ("production", "a|b\nc")]


def test_a_text_table_is_aligned_without_trailing_spaces():
    assert (
        text_table(("NAME", "STATE"), [("dev", "ok"), ("production", "")])
        == "NAME        STATE\ndev         ok\nproduction"
    )


def test_a_markdown_table_survives_bars_and_line_breaks():
    assert markdown_table(("NAME", "STATE"), ROWS).splitlines()[-1] == r"| production | a\|b\\nc |"


def test_an_empty_table_is_a_sentence():
    answer = table_output([], ("NAME",), [], empty="None yet.")
    assert (answer.data, answer.text, answer.as_format("markdown")) == ([], "None yet.", "None yet.")
