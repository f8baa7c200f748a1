"""What a migration asks while it runs: which database of the target stands for one of the source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from apps.plugins.base import Choice, InputField, InputKind, InputRequired
from apps.superset.errors import PlanUnsafe

MAPPING_REASONS = frozenset({"database_unmapped", "database_takeover", "mapping_target_missing"})


@contextmanager
def asking_for_databases() -> Iterator[None]:
    """A plan that refuses itself only because databases have no counterpart asks for them instead."""
    try:
        yield
    except PlanUnsafe as refused:
        if questions := database_questions(refused):
            raise InputRequired(*questions) from None
        raise


def database_questions(refused: PlanUnsafe) -> list[InputField]:
    """One for each database, named like it; none if answers could not help."""
    reasons = refused.context.get("reasons", [])
    if not all(reason["kind"] in MAPPING_REASONS and reason.get("candidates") for reason in reasons):
        return []
    return [_question(reason, refused.environment) for reason in reasons]


def _question(reason: Mapping[str, Any], target: str) -> InputField:
    return InputField(
        name=reason["asset"],
        title=f"Database of {target} for “{reason['asset']}”",
        kind=InputKind.MAPPING,
        choices=tuple(
            Choice(value=each["uuid"], label=each["name"], note=each["reason"]) for each in reason["candidates"]
        ),
        help="It is kept as the mapping of these two environments.",
    )


def database_pairs(answers: Mapping[str, str]) -> list[str]:
    """The answers as `SOURCE=TARGET`."""
    return [f"{name}={uuid}" for name, uuid in answers.items()]
