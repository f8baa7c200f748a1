# [DEF:catalogue.services.asset_lists:Module]
# @COMPLEXITY: 3
# @PURPOSE: The first half of a sync: which assets there are.
# @RELATION DEPENDS_ON -> superset.protocol
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> core.sentences
"""Lists are read newest first, page after page, until one brings nothing new: an unchanged environment costs one
request for each kind. What was deleted shows in the count, and a server that went back in time in its latest date; then
the list is read to its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from apps.catalogue import messages
from apps.catalogue.models import CatalogueAsset
from apps.catalogue.services import rows
from apps.core.sentences import Sentence
from apps.environments.models import Environment
from apps.superset.assets import Key, Kind
from apps.superset.protocol import Client, Reporter
from apps.superset.remote.listing import ListedAsset, Page, everything, newest


@dataclass(frozen=True, slots=True)
class Lists:
    """What the lists brought, over all kinds."""

    created: int = 0
    changed: int = 0
    removed: int = 0

    def __add__(self, other: Lists) -> Lists:
        return Lists(self.created + other.created, self.changed + other.changed, self.removed + other.removed)


def read_lists(client: Client, environment: Environment, reporter: Reporter, *, whole: bool) -> Lists:
    """Bring the rows up to date with the lists; with `whole`, with all of every list."""
    total = Lists()
    for number, kind in enumerate(Kind, 1):
        found = _whole(client, environment, kind) if whole else _news(client, environment, kind)
        line = Sentence(messages.LISTED[kind.value], environment=environment, found=_describe(found))
        reporter.log(line, kind=kind.value)
        reporter.progress(f"read lists of {environment}", number, len(Kind))
        total += found
    return total


def _news(client: Client, environment: Environment, kind: Kind) -> Lists:
    """What is new by the date of change. A list that then has another length than ours is read whole.

    Nothing is stored before the last page: a sync that stops between two must not leave the first one as known, for the
    next would take it for the end of the news.
    """
    stored = CatalogueAsset.objects.filter(environment=environment, kind=kind.value)
    latest = stored.aggregate(latest=Max("changed_on"))["latest"]
    counts: set[int] = set()
    changed: dict[Key, ListedAsset] = {}
    created = 0
    for number, page in enumerate(newest(client, kind)):
        if number == 0 and _went_back(page, latest):
            return _whole(client, environment, kind)
        counts.add(page.count)
        known = rows.known_facts(environment, kind, [asset.key.uuid for asset in page.assets])
        found = {asset.key: asset for asset in rows.different(page.assets, known)}
        created += sum(key.uuid not in known for key in found.keys() - changed.keys())
        changed |= found
        if not found:
            break
    rows.store(environment, changed.values())
    total = Lists(created, len(changed) - created)
    return total if counts <= {stored.count()} else total + _whole(client, environment, kind)


def _went_back(first: Page, latest: datetime | None) -> bool:
    """Whether our latest change is later than any there is: the server was restored from a backup, or lost that one."""
    there = first.assets[0].changed_on if first.assets else None
    return latest is not None and there is not None and there < latest


def _whole(client: Client, environment: Environment, kind: Kind) -> Lists:
    """What is known is looked up before the list is read, so that what another sync adds meanwhile is not removed."""
    known = rows.known_facts(environment, kind)
    listed = everything(client, kind)
    changed = rows.different(listed, known)
    gone = known.keys() - {asset.key.uuid for asset in listed}
    with transaction.atomic():
        rows.store(environment, changed)
        rows.remove(environment, kind, gone)
    created = sum(asset.key.uuid not in known for asset in changed)
    return Lists(created, len(changed) - created, len(gone))


def _describe(found: Lists) -> str:
    parts = ((found.created, "new"), (found.changed, "changed"), (found.removed, "gone"))
    return ", ".join(f"{number} {word}" for number, word in parts if number) or "nothing new"
