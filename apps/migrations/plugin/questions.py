# [DEF:migrations.plugin.questions:Module]
# @COMPLEXITY: 3
# @PURPOSE: What a migration asks while it runs: which database of the target stands for one of the source, and a
#   password where the stored one cannot be read.
# @RELATION DEPENDS_ON -> plugins.base
# @RELATION DEPENDS_ON -> superset.errors
# @RELATION DEPENDS_ON -> environments.models
# @RELATION CALLS -> core.advice
# @RELATION CALLS -> catalogue.services.mappings
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from apps.catalogue.policies import require_mappable
from apps.catalogue.services.mappings import set_mappings
from apps.catalogue.services.sides import read_sides
from apps.core.advice import advise
from apps.core.errors import worded
from apps.core.policies import verdict
from apps.core.sentences import Sentence
from apps.environments.connections import has_usable_secret, signing_in_with
from apps.environments.models import Environment, Provider
from apps.migrations import messages
from apps.plugins.base import Choice, Context, InputField, InputKind, InputRequired
from apps.superset.errors import PlanUnsafe
from apps.superset.plan.refusal import Refusal
from apps.superset.protocol import Reporter
from apps.users.models import User

PASSWORD = "password of "  # noqa: S105 - the name of a question
"""What the name of a question for one begins with; that of its environment follows."""

CREATABLE = "database_unmapped"
CREATE = "+create"
"""The choice to create the connection; UUIDs have no such sign."""

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
    refusals: tuple[Refusal, ...] = refused.refusals
    if not all(each.kind in MAPPING_REASONS and _choices(each, refused.environment) for each in refusals):
        return []
    return [_question(each, refused.environment) for each in refusals]


def _question(refusal: Refusal, target: str) -> InputField:
    return InputField(
        name=refusal.asset,
        title=Sentence(messages.DATABASE_QUESTION, target=target, source=refusal.asset),
        kind=InputKind.MAPPING,
        choices=_choices(refusal, target),
        help=Sentence(messages.DATABASE_HELP),
        suggested=refusal.facts.get("suggested", ""),
    )


def _choices(refusal: Refusal, target: str) -> tuple[Choice, ...]:
    """The candidates, and creating the connection, unless the target has one of its name."""
    found = [
        Choice(value=each["uuid"], label=each["name"], note=worded(each["reason"]))
        for each in refusal.facts.get("candidates", ())
    ]
    if refusal.kind == CREATABLE:
        found.append(Choice(value=CREATE, label=messages.CREATE_CONNECTION.format(name=refusal.asset, target=target)))
    return tuple(found)


def chosen_connections(answers: Mapping[str, str]) -> list[str]:
    """The databases whose connections somebody chose to create."""
    return [name for name, value in answers.items() if value == CREATE]


def database_pairs(answers: Mapping[str, str]) -> list[str]:
    """Those of the answers that map a database, as `SOURCE=TARGET`."""
    return [f"{name}={uuid}" for name, uuid in answers.items() if not name.startswith(PASSWORD) and uuid != CREATE]


def keep_answers(
    pairs: list[str], *, actor: User, source: Environment, target: Environment, reporter: Reporter
) -> list[str]:
    """Keep the answered pairs as the mapping, if who answered may; else they are returned, for this plan only."""
    if refusal := verdict(partial(require_mappable, actor, source, target)).reason:
        reporter.log(Sentence(messages.MAPPED_FOR_THIS_PLAN, refusal=refusal))
        return pairs
    sides = partial(read_sides, reporter=reporter)
    for mapping in set_mappings(actor=actor, source=source, target=target, pairs=pairs, sides=sides):
        reporter.log(Sentence(messages.MAPPED_AS_ANSWERED, mapping=mapping))
    return []


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
        title=Sentence(question, username=environment.username, environment=environment),
        kind=InputKind.SECRET,
        help=Sentence(
            messages.SECRET_HELP,
            url=environment.url,
            advice=advise("environments.credentials", environment=environment),
        ),
    )
