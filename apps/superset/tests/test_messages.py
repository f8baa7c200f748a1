"""Every sentence of the engine comes from one table, and a surface can translate it before it is filled."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from apps.superset.assets import Key, Kind, counted
from apps.superset.errors import Unreachable
from apps.superset.messages.message import TEMPLATES, Message, message_of, some, verbatim
from apps.superset.plan.plan import Note
from apps.superset.plan.refusal import Refusal

ENGINE = Path(__file__).parent.parent
CODE = "\n".join(
    path.read_text()
    for path in ENGINE.rglob("*.py")
    if not {"tests", "messages"}.intersection(path.relative_to(ENGINE).parts)
)
MESSAGE = (ENGINE / "messages" / "message.py").read_text()
RUSSIAN = {
    TEMPLATES["error.unreachable"]: "{url} недоступен: {reason}",
    TEMPLATES["error.connection_refused"]: "в соединении отказано",
    TEMPLATES["next.unreachable"]: "Проверьте адрес.",
    TEMPLATES["more"]: "{names} и ещё {more}",
}


def russian(template: str) -> str:
    return RUSSIAN.get(template, template)


def test_every_key_that_the_code_names_has_a_template() -> None:
    named = set(re.findall(r'"((?:error|next|note|refusal)\.[a-z_0-9.]+)"', CODE))
    assert named - TEMPLATES.keys() == set()


def test_every_template_is_used() -> None:
    assert [key for key in TEMPLATES if not any(spelling in CODE + MESSAGE for spelling in spellings(key))] == []


def spellings(key: str) -> list[str]:
    """The whole key, or what of it is put together from a kind."""
    kind = key.partition(".")[2]
    start, _, last = key.rpartition(".")
    return [f'"{key}"', f'"{kind}"', f'"{last}"', f"{start}.{{", f'.{last}"']


def test_every_fact_of_a_template_has_a_name() -> None:
    facts = [name for text in TEMPLATES.values() for _, name, _, _ in Formatter().parse(text) if name is not None]
    assert all(name.isidentifier() for name in facts)


def test_an_error_is_translated_with_the_facts_and_the_step_in_it() -> None:
    reason = Message("error.connection_refused")
    error = Unreachable(Message("error.unreachable", url="http://dev", reason=reason), environment="dev")
    assert str(error) == (
        "dev: http://dev cannot be reached: the connection was refused. "
        "Check the address and that the server is up, then try again."
    )
    assert error.worded(russian) == "dev: http://dev недоступен: в соединении отказано. Проверьте адрес."


def test_the_words_of_a_server_are_not_translated() -> None:
    assert Unreachable("the connection was refused").worded(russian).startswith("the connection was refused.")


def test_a_long_list_names_the_first_and_counts_the_rest() -> None:
    assert str(some(["a", "b"], 2)) == "a, b"
    assert str(some(["a", "b", "c"], 2)) == "a, b and 1 more"
    assert some(["a", "b", "c"], 2).worded(russian) == "a, b и ещё 1"


def test_reasons_are_joined_in_the_language_of_the_reader() -> None:
    both = Message("error.both", both=(Message("error.connection_refused"), verbatim("HTTP 500")))
    assert both.worded(russian) == "в соединении отказано; HTTP 500"


def test_braces_in_a_name_stay() -> None:
    assert Message("error.removed", asset="chart “{oops}”").worded() == "chart “{oops}” was removed"


def test_a_note_that_was_stored_equals_the_one_that_was_made() -> None:
    note = Note.of("tags", ["chart “A”"])
    assert Note.from_json(note.to_json()) == note


def test_a_stored_note_with_facts_is_read_in_the_language_of_the_reader() -> None:
    russian = {TEMPLATES["note.tables_unknown"]: "В {environment} не видно таблиц."}
    note = Note.of("tables_unknown", ["dataset “a”"], environment="prod (eu)")
    read = Note.from_json(note.to_json())
    assert read == note
    assert read.message.worded(lambda text: russian.get(text, text)) == "В prod (eu) не видно таблиц."


@pytest.mark.parametrize("kind", ["tables_unknown", "of_another_release", "tags"])
def test_a_stored_note_that_is_none_of_ours_keeps_its_text(kind: str) -> None:
    data = {"kind": kind, "text": "Something {else} happened.", "assets": []}
    assert Note.from_json(data).to_json() == data


def test_every_note_survives_being_stored() -> None:
    for key, template in TEMPLATES.items():
        facts = {fact: 7 if form else "b (c)." for _, fact, form, _ in Formatter().parse(template) if fact}
        if key.startswith("note."):
            assert str(message_of(key, str(Message(key, **facts)))) == str(Message(key, **facts))


def test_a_refusal_keeps_its_shape_as_json() -> None:
    refusal = Refusal("restricted", "A", verbatim("no"), {"key": "k"}, acknowledge="restricted:k")
    assert refusal.to_json() == {
        "kind": "restricted",
        "asset": "A",
        "text": "no",
        "key": "k",
        "acknowledge": "restricted:k",
    }


def test_numbers_of_assets_are_worded_in_the_language_of_the_reader() -> None:
    keys = [Key(Kind.CHART, "a"), Key(Kind.CHART, "b"), Key(Kind.DATASET, "c")]
    russian = {"1 dataset": "1 датасет", "{number} charts": "чарты: {number}"}
    assert str(counted(keys)) == "1 dataset, 2 charts"
    assert counted(keys).worded(lambda text: russian.get(text, text)) == "1 датасет, чарты: 2"
    assert str(counted([])) == ""
