# [DEF:migrations.management.planning:Module]
# @COMPLEXITY: 3
# @PURPOSE: Plans in the process of the command: with progress, and with questions at a terminal.
# @RELATION DEPENDS_ON -> environments.management.progress
# @RELATION DEPENDS_ON -> superset.errors
# @RELATION CALLS -> migrations.plugin.questions
# @RELATION CALLS -> tasks.management.prompts
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from apps.environments.management.progress import ConsoleReporter, Stream, stopped_by_ctrl_c
from apps.environments.models import Environment
from apps.migrations.management import messages
from apps.migrations.plugin.advice import advising_on_refusal
from apps.migrations.plugin.questions import chosen_connections, database_pairs, database_questions, keep_answers
from apps.migrations.services.planning import Created
from apps.superset.errors import PlanUnsafe
from apps.superset.protocol import Reporter
from apps.tasks.management.prompts import ask
from apps.users.models import User

Make = Callable[[Sequence[str], Sequence[str], Reporter], Created]
"""Makes the plan with these pairs of databases, and these connections created, besides those that were given."""


def planned_here(
    make: Make, stream: Stream, *, actor: User, source: Environment, target: Environment, asking: bool
) -> Created:
    """As a task that plans does: what lacks only a mapping asks for it, if somebody is there to answer."""
    pairs: list[str] = []
    connections: list[str] = []
    while True:
        reporter = ConsoleReporter(stream)
        try:
            with advising_on_refusal(source, target), stopped_by_ctrl_c(reporter, messages.STOPPED_PLANNING):
                return make(pairs, connections, reporter)
        except PlanUnsafe as refused:
            questions = database_questions(refused) if asking and sys.stdin.isatty() else []
            if not questions:
                raise
        answers = ask(questions, stream, unanswered=messages.UNANSWERED)
        given = database_pairs(answers)
        connections += chosen_connections(answers)
        pairs += keep_answers(given, actor=actor, source=source, target=target, reporter=reporter)
