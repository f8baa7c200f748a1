from __future__ import annotations

import pytest

from apps.plugins.inputs import Choice, InputField, InputKind

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
