from __future__ import annotations

import pytest
from django.utils.translation import gettext_lazy, override

from apps.core.sentences import Sentence, shown
from apps.plugins.inputs import Choice, InputField, InputKind

# From the catalogue
QUESTION = gettext_lazy("Database of {target} for “{source}”")
HELP = gettext_lazy(
    "Stored as the mapping of these two environments if you may edit it, otherwise used for this plan only."
)
WAITING = gettext_lazy("Waiting for an answer: {questions}")

CHOICES = (Choice(value="w", label="warehouse"), Choice(value="l", label="lake"))


def question(**facts):
    return InputField(name="target", title="Target", kind=InputKind.MAPPING, choices=CHOICES, **facts)


def test_a_question_suggests_only_one_of_its_choices():
    with pytest.raises(ValueError, match="not one of its choices"):
        question(suggested="swamp")


def test_a_suggestion_is_kept_with_the_question_and_old_questions_have_none():
    assert InputField.from_json(question(suggested="l").to_json()).suggested == "l"
    old = question().to_json()
    del old["suggested"]
    assert InputField.from_json(old).suggested == ""


def test_a_stored_question_is_asked_in_the_language_of_its_reader():
    title = Sentence(QUESTION, target="prod", source="examples")
    stored = InputField(name="password", title=title, help=Sentence(HELP)).to_json()
    assert (stored["title"], InputField.from_json(stored).title) == (title, "Database of prod for “examples”")
    with override("ru"):
        asked = InputField.from_json(stored)
    assert "Database" not in asked.title
    assert "examples" in asked.title
    assert "Stored" not in asked.help


def test_a_sentence_may_name_other_sentences():
    questions = [Sentence(QUESTION, target="prod", source=name) for name in ("a", "b")]
    line = Sentence(WAITING, questions=questions)
    assert "Database of prod for “a”; Database of prod for “b”" in line
    with override("ru"):
        assert "Database" not in shown(line, line.stored)
