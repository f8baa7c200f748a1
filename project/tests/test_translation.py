"""`makemessages` reads the source, so each translated text stands literally in its call."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.utils.functional import Promise

from apps.plugins.registry import registry
from project.tests.untranslated import untranslated

HERE = Path(__file__).parents[2]
TEXTS = {"gettext": 1, "gettext_lazy": 1, "gettext_noop": 1, "ngettext": 2, "ngettext_lazy": 2}
"""How many texts each of these functions gets, first."""

WRAPPERS = {"apps/plugins/inputs.py"}
"""Modules with a `_` of their own, which makemessages finds by its name."""


def unmarked(source: str) -> Iterator[int]:
    """The lines of calls whose text is computed."""
    tree = ast.parse(source)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = {
        each.asname or each.name: TEXTS[each.name] for node in imports for each in node.names if each.name in TEXTS
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and (count := names.get(node.func.id)):
            texts = node.args[:count]
            if len(texts) < count or not all(isinstance(text, ast.Constant) for text in texts):
                yield node.lineno


def test_every_translated_text_stands_literally_in_its_call():
    found = [
        f"{path.relative_to(HERE)}:{line}"
        for app in ("apps", "project")
        for path in sorted((HERE / app).rglob("*.py"))
        if str(path.relative_to(HERE)) not in WRAPPERS
        for line in unmarked(path.read_text())
    ]
    assert found == []


@pytest.mark.parametrize(
    ("call", "lines"),
    [("_('a text')", []), ("_(text)", [2]), ("_(f'{one} text')", [2])],
)
def test_a_computed_text_is_found(call, lines):
    assert list(unmarked(f"from django.utils.translation import gettext as _\n{call}")) == lines


SEEN_IN_SUPERSET = "where in Superset's code something is seen, for the page of references"
OF_A_PLAN = "a detail of a note or difference, which the plan stores as it was found"
BEFORE_SETTINGS = "settings and keys are read before a language is known: ImproperlyConfigured is English"
KEYS = "names by which code, stored rows or JSON know something"
STATES = "states, which lists show by their codes"
LOGGED = "a part of a log line"
MEASURED = "what a metric means: the format has one language"
EXAMPLES = "examples and tags of the API's document, which is English"
ROWS = "names and descriptions of rows that people may change, or that the audit keeps"

ENGLISH = {
    "apps/superset/bundle/safe_yaml.py": "a pattern of what libyaml says",
    "apps/superset/checks/chart_queries.py": OF_A_PLAN,
    "apps/superset/checks/suspects.py": SEEN_IN_SUPERSET,
    "apps/superset/content/ignored_keys.py": SEEN_IN_SUPERSET,
    "apps/superset/diff/difference.py": OF_A_PLAN,
    "apps/superset/diff/tree.py": OF_A_PLAN,
    "apps/superset/execution/executor.py": LOGGED,
    "apps/superset/execution/rollback.py": LOGGED,
    "apps/superset/execution/stages.py": KEYS,
    "apps/superset/planning/damaged_metadata.py": OF_A_PLAN,
    "apps/superset/probe.py": OF_A_PLAN,
    "apps/superset/references/graph.py": KEYS,
    "apps/superset/references/places.py": SEEN_IN_SUPERSET,
    "apps/superset/references/walk.py": KEYS,
    "apps/superset/releases/v6_1.py": "patterns of what Superset itself says",
    "apps/superset/remote/attachments.py": OF_A_PLAN,
    "apps/superset/remote/pages.py": LOGGED,
    "apps/superset/texts/jinja.py": OF_A_PLAN,
    "apps/superset/texts/links.py": OF_A_PLAN,
    "apps/superset/texts/routes.py": OF_A_PLAN,
    **{
        f"apps/{app}/api/operations.py": EXAMPLES
        for app in ("catalogue", "environments", "freezes", "migrations", "plugins", "schedules", "tasks", "users")
    },
    "apps/core/api/documented.py": EXAMPLES,
    "apps/core/stores/s3.py": "the reason that a store gives, as it words it",
    "apps/instance/services/backup.py": "the name of the installation in the audit",
    "apps/instance/tables.py": "SQL",
    "apps/core/management/colour.py": STATES,
    "apps/overview/api/environments.py": STATES,
    **{f"apps/overview/gauges/{name}.py": MEASURED for name in ("places", "work", "workers")},
    "project/metrics/exposition.py": MEASURED,
    "project/web/operations.py": EXAMPLES,
    "apps/audit/head.py": "an error of the machine, quoted in a sentence",
    "apps/audit/seals.py": KEYS,
    "apps/audit/triggers.py": "said by a database",
    "apps/catalogue/services/asset_lists.py": LOGGED,
    "apps/core/crypto/keys.py": BEFORE_SETTINGS,
    "apps/core/storage.py": "patterns of what a database says",
    "apps/environments/admin.py": STATES,
    "apps/environments/key_rotation.py": KEYS,
    "apps/environments/management/commands/environment.py": KEYS,
    "apps/environments/management/options.py": STATES,
    "apps/environments/management/progress.py": "told by a signal handler at once",
    "apps/environments/models.py": STATES,
    "apps/freezes/admin.py": STATES,
    "apps/freezes/models.py": STATES,
    "apps/migrations/plugin/connection_questions.py": LOGGED,
    "apps/migrations/plugin/questions.py": KEYS,
    "apps/migrations/plugin/stages.py": KEYS,
    "apps/migrations/policies/execution.py": KEYS,
    "apps/migrations/services/execution.py": LOGGED,
    "apps/migrations/services/outcomes.py": LOGGED,
    "apps/migrations/status.py": STATES,
    "apps/plugins/registry.py": "what is wrong with a package, told to its developer as Python does",
    "apps/plugins/skeleton.py": "files of a new plugin, which its developer goes on with",
    "apps/tasks/live/consumers.py": "closing reasons of a socket, read by programs",
    "apps/tasks/queue.py": BEFORE_SETTINGS,
    "apps/tasks/worker/masking.py": "words that are no secrets",
    "apps/users/default_roles.py": ROWS,
    "apps/users/services/actor.py": ROWS,
    "apps/users/services/sign_in.py": ROWS,
    "apps/users/sso/views.py": "answered to the provider, in a frame that nobody sees",
    "project/admin/theme.py": "the motto of the product",
    "project/console.py": BEFORE_SETTINGS,
    "project/env.py": BEFORE_SETTINGS,
    "project/settings.py": BEFORE_SETTINGS,
    "project/web/shell.py": "a header, read by browsers",
}
"""Modules with English that no catalogue translates, and why."""


@cache
def plain_texts() -> dict[str, list[str]]:
    """What nobody marked, by module. `contracts` speaks to the developers of this repository."""
    modules = [path.relative_to(HERE) for part in ("apps", "project") for path in sorted((HERE / part).rglob("*.py"))]
    found = {
        path.as_posix(): list(untranslated((HERE / path).read_text()))
        for path in modules
        if not {"contracts", "tests"} & {*path.parts} and not re.match(r"\d{4}_", path.name)
    }
    return {name: [f"{line}: {words}" for line, words in texts] for name, texts in found.items() if texts}


def test_every_text_for_people_is_marked_for_translation():
    assert {name: texts for name, texts in plain_texts().items() if name not in ENGLISH} == {}


def test_every_module_that_may_speak_english_still_does():
    assert ENGLISH.keys() - plain_texts().keys() == set()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("raise LockstepError('There is no such task.')", True),
        ("raise LockstepError(f'There is no task {number}.')", True),
        ("row = Problem(path, f'has {count} of the name')", True),
        ("Action(slug='sync', title='Sync the catalogue')", True),
        ("raise LockstepError(_('There is no such task.'))", False),
        ("raise LockstepError(messages.NO_TASK)", False),
        ("raise TypeError('It takes no text.')", False),
        ("raise ImproperlyConfigured(f'{name} is not a number.')", False),
        ("reporter.log('read the lists')", False),
        ("def a():\n    'Reads the lists.'", False),
        ("connection.execute('SELECT a FROM b')", False),
        ("command = f'manage.py task answer {number}'", False),
        ("command = f'{program()} task answer {number}'", False),
        ("command = f'{number} charts read'", True),
        ("state = 'queued'", False),
    ],
)
def test_a_text_that_nobody_marked_is_found(source, found):
    assert bool(list(untranslated(source))) is found


def test_titles_of_all_shipped_plugins_and_actions_are_marked():
    known = registry()
    shipped = [known.plugins[slug] for slug in sorted(known.shipped)]
    titles = [each.title for each in shipped] + [action.title for each in shipped for action in each.actions]
    assert len(titles) > 10
    assert [title for title in titles if not isinstance(title, Promise)] == []
