# [DEF:migrations.plugin.connection_questions:Module]
# @COMPLEXITY: 3
# @PURPOSE: Asks for the secrets of the connections that a migration creates, before it writes anything.
# @RELATION DEPENDS_ON -> plugins.base
# @RELATION DEPENDS_ON -> core.concurrency
# @RELATION DEPENDS_ON -> superset.connections.document
# @RELATION DEPENDS_ON -> superset.plan.connection
"""Answers are encrypted until the run that uses them begins, then deleted; the lines of the task mask them."""

from __future__ import annotations

from apps.core.concurrency import retry_on_database_error
from apps.core.sentences import Sentence
from apps.migrations import messages
from apps.migrations.models import Migration, WriteState
from apps.migrations.services.planning import stored_plan
from apps.migrations.status import undone_runs
from apps.plugins.base import Context, InputField, InputKind, InputRequired
from apps.superset.assets import Key, Kind
from apps.superset.connections.document import Secret
from apps.superset.plan.connection import NewConnection

QUESTIONS = {
    Secret.PASSWORD: messages.CONNECTION_PASSWORD,
    Secret.TUNNEL_PASSWORD: messages.TUNNEL_PASSWORD,
    Secret.TUNNEL_KEY: messages.TUNNEL_KEY,
    Secret.TUNNEL_KEY_PASSWORD: messages.TUNNEL_KEY_PASSWORD,
    Secret.SECURE_EXTRA: messages.SECURE_EXTRA,
}


def connection_secrets(context: Context, migration: Migration) -> dict[str, dict[str, str]]:
    """By UUID. Asks for those that nobody has given yet."""
    what = f"looking for connections of migration {migration.pk}"
    wanted = retry_on_database_error(lambda: _missing(migration), what)
    questions = {_name(each, secret): _question(each, secret, migration) for each in wanted for secret in each.secrets}
    if asked := [question for name, question in questions.items() if not context.answers.get(name)]:
        raise InputRequired(*asked)
    return {each.uuid: {secret: context.answers[_name(each, secret)] for secret in each.secrets} for each in wanted}


def _missing(migration: Migration) -> list[NewConnection]:
    """Those of the plan that no run has created yet."""
    written = {key for run in undone_runs(migration) for key in run.keys_with(WriteState.WRITTEN)}
    return [each for each in stored_plan(migration).connections if str(Key(Kind.DATABASE, each.uuid)) not in written]


def _name(connection: NewConnection, secret: str) -> str:
    return f"{connection.name} ({connection.uuid}): {secret}"


def _question(connection: NewConnection, secret: str, migration: Migration) -> InputField:
    facts = {"name": connection.name, "target": migration.target.name}
    return InputField(
        name=_name(connection, secret),
        title=Sentence(QUESTIONS[Secret(secret)], **facts),
        kind=InputKind.SECRET,
        help=Sentence(messages.CONNECTION_HELP, **facts),
    )
