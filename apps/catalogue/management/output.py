# [DEF:catalogue.management.output:Module]
# @COMPLEXITY: 3
# @PURPOSE: The catalogue in words, tables and JSON: what the commands print.
# @RELATION DEPENDS_ON -> core.management.output
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> contracts.plain_text

from __future__ import annotations

from typing import Any

from apps.catalogue.management import messages
from apps.catalogue.messages import counted
from apps.catalogue.models import AssetKind, CatalogueAsset, CatalogueSync
from apps.catalogue.services.lookup import last_sync
from apps.catalogue.services.sync import Synced
from apps.contracts.plain_text import one_line
from apps.core.errors import readable, sentence_of
from apps.core.management.lists import Page, with_cut
from apps.core.management.messages import NO_MATCH
from apps.core.management.output import Output, markdown_table, text_table
from apps.core.management.program import program
from apps.environments.models import Environment

WIDTH = 60


def asset_data(asset: CatalogueAsset) -> dict[str, Any]:
    return {
        "kind": asset.kind,
        "uuid": str(asset.uuid),
        "id": asset.asset_id,
        "name": asset.name,
        "slug": asset.slug,
        "status": asset.status,
        "owners": asset.owners,
        "tags": asset.tags,
        "changed_on": asset.changed_on.isoformat() if asset.changed_on else None,
        "content_hash": asset.content_hash,
        "hashed_at": asset.hashed_at.isoformat() if asset.hashed_at else None,
    }


def sync_data(state: CatalogueSync | None) -> dict[str, Any] | None:
    if state is None:
        return None
    return {
        "started": state.started.isoformat(),
        "finished": state.finished.isoformat() if state.finished else None,
        "counts": state.counts,
        "error": readable(state.error),
    }


def sync_output(synced: Synced) -> Output:
    parts = (
        (messages.NEW, synced.created),
        (messages.CHANGED, synced.changed),
        (messages.GONE, synced.removed),
        (messages.HASHED, synced.hashed),
    )
    news = [text.format(number=number) for text, number in parts if number]
    if not (synced.created or synced.changed or synced.removed):
        news.insert(0, str(messages.NOTHING_NEW))
    sentence = messages.SYNCED.format(
        environment=synced.environment,
        counts=counted(synced.counts),
        news=", ".join(news),
        requests=synced.requests,
        seconds=synced.seconds,
    )
    return Output(synced.to_json(), sentence)


def catalogue_output(environment: Environment, kind: AssetKind, page: Page[CatalogueAsset], *, known: bool) -> Output:
    """`known` if there is any of this kind, whether or not it matches."""
    state, assets = last_sync(environment), page.rows
    data = {
        "environment": environment.name,
        "sync": sync_data(state),
        "assets": [asset_data(asset) for asset in assets],
    }
    when = _when(environment, state)
    if not assets and known:
        return Output(data, f"{NO_MATCH} {when}")
    if not assets:
        return Output(data, messages.NO_ASSETS.format(kind=kind, environment=environment, when=when))
    headers = tuple(str(text).upper() for text in messages.COLUMNS)
    rows = [_row(asset) for asset in assets]
    text, markdown = text_table(headers, rows), markdown_table(headers, rows)
    return with_cut(Output(data, f"{text}\n\n{when}", f"{markdown}\n\n{when}"), page)


def _row(asset: CatalogueAsset) -> tuple[str, ...]:
    return (
        str(asset.asset_id),
        _cut(asset.name, WIDTH),
        _cut(asset.slug, WIDTH // 2) or "-",
        asset.status or "-",
        _cut(", ".join(asset.owners), WIDTH // 2) or "-",
        f"{asset.changed_on:%Y-%m-%d %H:%M}" if asset.changed_on else "-",
        asset.content_hash[:12] or "-",
    )


def _cut(text: str, width: int) -> str:
    return one_line(text, width)


def _when(environment: Environment, state: CatalogueSync | None) -> str:
    """How old it is, and what went wrong since."""
    command = f"`{program()} catalogue sync {environment}`"
    if state is None:
        return messages.NEVER_SYNCED.format(command=command)
    finished = state.finished
    as_of = messages.AS_OF.format(finished=f"{finished:%Y-%m-%d %H:%M}") if finished else str(messages.NO_SYNC_FINISHED)
    if state.error:
        return messages.SYNC_FAILED.format(as_of=as_of, error=one_line(sentence_of(state.error)))
    if not finished or state.started > finished:
        return messages.SYNC_OPEN.format(as_of=as_of, started=f"{state.started:%Y-%m-%d %H:%M}", command=command)
    return as_of
