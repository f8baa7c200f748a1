# [DEF:migrations.plugin.questions:Module]
# @COMPLEXITY: 3
# @PURPOSE: What a migration asks while it runs: which database of the target stands for one of the source, and a
#   password where the stored one cannot be read.
# @RELATION DEPENDS_ON -> plugins.base
# @RELATION DEPENDS_ON -> superset.errors
# @RELATION DEPENDS_ON -> environments.models
# @RELATION CALLS -> core.advice

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from apps.core.advice import advise
from apps.environments.connections import has_usable_secret, signing_in_with
from apps.environments.models import Environment, Provider
from apps.migrations import messages
from apps.plugins.base import Choice, Context, InputField, InputKind, InputRequired
from apps.superset.errors import PlanUnsafe

PASSWORD = "password of "  # noqa: S105 - the name of a question
"""What the name of a question for one begins with; that of its environment follows."""

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
        title=messages.DATABASE_QUESTION.format(target=target, source=reason["asset"]),
        kind=InputKind.MAPPING,
        choices=tuple(
            Choice(value=each["uuid"], label=each["name"], note=each["reason"]) for each in reason["candidates"]
        ),
        help=str(messages.DATABASE_HELP),
        suggested=reason.get("suggested", ""),
    )


def database_pairs(answers: Mapping[str, str]) -> list[str]:
    """Those of the answers that map a database, as `SOURCE=TARGET`."""
    return [f"{name}={uuid}" for name, uuid in answers.items() if not name.startswith(PASSWORD)]


@contextmanager
def signed_in(context: Context, *environments: Environment) -> Iterator[None]:
    """Asks for the password of an environment whose stored one cannot be read. It is used by this run and not kept."""
    missing = [each for each in environments if not has_usable_secret(each)]
    given = {
        each.pk: context.answers[name] for each in missing if (name := f"{PASSWORD}{each.slug}") in context.answers
    }
    if questions := [_password_question(each) for each in missing if each.pk not in given]:
        raise InputRequired(*questions)
    with signing_in_with(given):
        yield


def _password_question(environment: Environment) -> InputField:
    question = messages.TOKEN_QUESTION if environment.provider == Provider.TOKEN else messages.PASSWORD_QUESTION
    return InputField(
        name=f"{PASSWORD}{environment.slug}",
        title=question.format(username=environment.username, environment=environment),
        kind=InputKind.SECRET,
        help=messages.SECRET_HELP.format(
            url=environment.url, advice=advise("environments.credentials", environment=environment)
        ),
    )
