# [DEF:overview.search:Module]
# @COMPLEXITY: 3
# @PURPOSE: Finds assets, migrations, tasks and environments by a few words, of those that the user may see.
# @RELATION DEPENDS_ON -> catalogue.models
# @RELATION DEPENDS_ON -> migrations.models
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Case, IntegerField, Q, Value, When

from apps.catalogue.models import AssetKind, CatalogueAsset
from apps.environments.models import Environment
from apps.migrations.models import Migration
from apps.overview import messages
from apps.tasks.models import Task
from apps.tasks.view.titles import title_of
from apps.users.models import User

MOST, OF_A_KIND = 30, 5
"""Results in all, and of environments, migrations and tasks each."""

LARGEST = 2**31 - 1
KINDS = (AssetKind.DASHBOARD, AssetKind.CHART, AssetKind.DATASET, AssetKind.DATABASE)
"""In the order in which they are looked for."""


@dataclass(frozen=True, slots=True)
class Result:
    type: str
    title: str
    hint: str
    environment: str | None
    id: str


def search(user: User, text: str) -> list[Result]:
    """What has each of the words in its name, or this number, UUID or short name. Four queries."""
    words = text.split()
    if not words:
        return []
    others = [*_environments(user, words), *_migrations(user, words), *_tasks(user, words)]
    return [*others, *_assets(user, words, MOST - len(others))]


def _environments(user: User, words: list[str]) -> Iterator[Result]:
    found = Environment.objects.visible_to(user).filter(_each(words, "name", "slug", "url")).order_by("name")
    for name, slug, url in found.values_list("name", "slug", "url")[:OF_A_KIND]:
        yield Result("environment", name, url, slug, slug)


def _migrations(user: User, words: list[str]) -> Iterator[Result]:
    wanted = _each(words, "title") | Q(pk=_number(words))
    found = Migration.objects.visible_to(user).filter(wanted).order_by("-pk")
    columns = ("pk", "title", "source__name", "target__name", "target__slug")
    for number, title, source, target, slug in found.values_list(*columns)[:OF_A_KIND]:
        hint = messages.MIGRATION_HINT.format(number=number, source=source, target=target)
        yield Result("migration", title, hint, slug, str(number))


def _tasks(user: User, words: list[str]) -> Iterator[Result]:
    wanted = _each(words, "plugin", "action", "environment_name") | Q(pk=_number(words))
    found = Task.objects.visible_to(user).filter(wanted).select_related("environment").order_by("-pk")
    for task in found.defer("result", "error", "environment__secret")[:OF_A_KIND]:
        hint = messages.TASK_HINT.format(number=task.pk, state=task.state_in_words)
        yield Result("task", title_of(task), hint, task.environment.slug if task.environment else None, str(task.pk))


def _assets(user: User, words: list[str], most: int) -> Iterator[Result]:
    """Dashboards first, and of each kind those whose name begins so."""
    kinds = Case(*(When(kind=kind, then=Value(place)) for place, kind in enumerate(KINDS)), output_field=IntegerField())
    begins = Case(When(name__istartswith=words[0], then=Value(0)), default=Value(1), output_field=IntegerField())
    wanted = _each(words, "name", "slug") | (Q(uuid=uuid) if (uuid := _uuid(words)) else Q(pk=None))
    found = CatalogueAsset.objects.visible_to(user).filter(wanted).order_by(kinds, begins, "name", "pk")
    columns = ("kind", "name", "uuid", "environment__name", "environment__slug")
    for kind, name, uuid, environment, slug in found.values_list(*columns)[:most]:
        yield Result(kind, name, environment, slug, str(uuid))


def _each(words: list[str], *columns: str) -> Q:
    """Each word is in one of the columns."""
    found = Q()
    for word in words:
        found &= Q(*((f"{column}__icontains", word) for column in columns), _connector=Q.OR)
    return found


def _number(words: list[str]) -> int | None:
    """`12` and `#12` are numbers."""
    word = words[0].removeprefix("#")
    return int(word) if len(words) == 1 and word.isascii() and word.isdecimal() and int(word) <= LARGEST else None


def _uuid(words: list[str]) -> UUID | None:
    try:
        return UUID(words[0]) if len(words) == 1 else None
    except ValueError:
        return None
