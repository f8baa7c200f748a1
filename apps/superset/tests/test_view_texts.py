"""Marked words and hunks of lines: what they say leads from one text to the other."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from apps.superset.view import hunks
from apps.superset.view.hunks import TextDiff, lines_of, text_diff
from apps.superset.view.marks import MOST_WORDS, Mark, marks

WORDS = st.lists(st.sampled_from(["select", "a", "b", " ", ",", "\t", "é", "😀", "x1"]), max_size=12).map("".join)
LINES = st.lists(st.sampled_from(["", "SELECT a", "SELECT b", "FROM t", "  x", "\r", "😀 y"]), max_size=14).map(
    "\n".join
)


def unmarked(text: str, found: list[Mark]) -> str:
    data = text.encode("utf-16-le")
    rest, reached = b"", 0
    for start, end in [*found, (len(data) // 2,) * 2]:
        assert reached <= start <= end <= len(data) // 2
        rest += data[2 * reached : 2 * start]
        reached = end
    return rest.decode("utf-16-le")


@given(WORDS, WORDS)
@example("a b", "a  b")
def test_what_is_not_marked_is_the_same_on_both_sides_but_for_spaces(before, after):
    old, new = marks(before, after)
    assert "".join(unmarked(before, old).split()) == "".join(unmarked(after, new).split())
    assert (not old and not new) == (before == after)


def test_only_the_words_that_differ_are_marked():
    assert marks("SELECT sum(a) FROM t", "SELECT sum(b) FROM t") == ([(11, 12)], [(11, 12)])


def test_marks_next_to_each_other_are_one():
    assert marks("a b c", "x y c") == ([(0, 3)], [(0, 3)])


def test_marks_count_characters_as_browsers_do():
    assert marks("😀 a", "😀 b") == ([(3, 4)], [(3, 4)])


def test_a_very_long_text_is_marked_between_its_common_ends():
    before = "start " + "a " * MOST_WORDS + "end"
    old, new = marks(before, before.replace("a", "b").replace("stbrt", "start"))
    assert old == new == [(6, 5 + 2 * MOST_WORDS)]


def applied(before: str, diff: TextDiff) -> str:
    """The text after it, from the one before and the hunks alone."""
    result: list[str] = []
    old, reached = lines_of(before), 0
    for hunk in diff.hunks:
        assert list(hunk.equal) == old[reached : reached + hunk.skipped]
        result += hunk.equal
        reached += hunk.skipped
        for line in hunk.lines:
            if line.before is not None:
                assert (line.before.number, line.before.text) == (reached + 1, old[reached])
                reached += 1
            if line.after is not None:
                result.append(line.after.text)
                assert line.after.number == len(result)
    if not diff.hunks:
        return before
    assert len(old) - reached == diff.skipped_after == len(diff.equal_after)
    return "\n".join([*result, *old[reached:]])


@given(LINES, LINES)
@example("", "\n")
@example("a\n", "a")
def test_the_hunks_applied_to_the_text_before_give_the_one_after(before, after):
    assert applied(before, text_diff(before, after)) == after


@given(LINES, LINES)
def test_the_same_holds_where_too_much_differs_to_compare_line_by_line(before, after):
    with limited_to(1):
        assert applied(before, text_diff(before, after)) == after


class limited_to:  # noqa: N801 - reads like a function
    def __init__(self, lines: int) -> None:
        self.lines = lines

    def __enter__(self) -> None:
        self.usual, hunks.MOST_LINES = hunks.MOST_LINES, self.lines

    def __exit__(self, *_: object) -> None:
        hunks.MOST_LINES = self.usual


def test_equal_texts_have_no_hunks():
    assert text_diff("a\nb", "a\nb") == TextDiff((), 0, ())


def test_lines_have_a_state_and_the_skipped_ones_are_counted():
    before = "\n".join(f"line {number}" for number in range(20))
    after = before.replace("line 10", "line ten") + "\nnew"
    found = text_diff(before, after)
    assert [hunk.skipped for hunk in found.hunks] == [7, 3]
    states = [line.state for hunk in found.hunks for line in hunk.lines]
    assert (states.count("changed"), states.count("added"), found.added, found.removed) == (1, 1, 2, 1)
    changed = next(line for line in found.hunks[0].lines if line.state == "changed")
    assert changed.to_json()["after"] == [11, "line ten", [[5, 8]]]


def test_a_great_many_equal_lines_are_only_counted():
    before = "\n".join(str(number) for number in range(hunks.MOST_EQUAL + 10))
    [hunk] = text_diff(before, f"{before}!").hunks
    assert hunk.skipped == hunks.MOST_EQUAL + 6
    assert hunk.to_json()["equal"] == []
