# [DEF:superset.validation.importable:Module]
# @COMPLEXITY: 2
# @PURPOSE: What Superset's importer would refuse or spoil, found before anything is sent: assets/import never names
#   the file.
# @RELATION CALLS -> superset.validation.schema_check
# @RELATION CALLS -> superset.validation.import_faults
# @RELATION CALLS -> superset.content.outgoing

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from apps.contracts.plain_text import one_line
from apps.superset.assets import Asset, Document, Kind
from apps.superset.content.outgoing import outgoing
from apps.superset.errors import BundleInvalid
from apps.superset.messages.message import Message
from apps.superset.references.reference import plain_texts
from apps.superset.releases.base import Release
from apps.superset.validation.import_faults import import_faults
from apps.superset.validation.problem import Problem, row_name, wrong_type
from apps.superset.validation.schema_check import schema_problems
from apps.superset.validation.table_check import table_problems

FEW = 10
"""Problems of one asset that are listed; the others are counted."""


def obstacles(asset: Asset, release: Release) -> list[Message]:
    """Why the importer does not take this symbolic asset as it would be sent; empty where it does. Each names the
    field by its path. That a chart has lost its dataset is for the graph to say."""
    if asset.kind is Kind.DATABASE:
        return []
    document = plain_texts(outgoing(asset, release).document)
    first: dict[str, Problem] = {}
    for problem in _problems(asset.kind, document, release):
        first.setdefault(problem.path, problem)
    found = [_sentence(document, each) for each in first.values()]
    more = len(found) - FEW
    return [*found[:FEW], *([Message("import.more", count=more)] if more > 0 else [])]


def checked(assets: Iterable[Asset], release: Release, environment: str) -> list[Asset]:
    """These, which are about to be sent as they are. BundleInvalid names the first that the importer would not take: a
    plan has refused such, so it is one that was made before this was known, or a fault of ours."""
    assets = list(assets)
    for asset in assets:
        for problem in (
            *schema_problems(asset.kind, asset.document, release.line),
            *import_faults(asset.kind, asset.document),
        ):
            why = Message("error.not_importable", problem=_sentence(asset.document, problem))
            raise BundleInvalid(why, environment=environment, asset=str(asset), next_step=Message("next.plan"))
    return assets


def is_restorable(asset: Asset, release: Release) -> bool:
    """Whether an import can bring back what a target has. A chart whose dataset was deleted cannot be imported at all:
    `dataset_uuid` is required."""
    has_dataset = asset.kind is not Kind.CHART or bool(asset.document.get("dataset_uuid"))
    return has_dataset and not obstacles(asset, release)


def _problems(kind: Kind, document: Document, release: Release) -> Iterator[Problem]:
    wire = _as_wire(document) if kind is Kind.CHART else document
    yield from schema_problems(kind, wire, release.line)
    yield from table_problems(kind, wire, release.line)
    yield from import_faults(kind, document)
    if kind is Kind.DATASET:
        yield from _dropped(document)
    if kind is Kind.CHART and document.get("viz_type") in release.removed_on_import:
        yield Problem("viz_type", Message("import.deleted_type", type=one_line(document["viz_type"])))


def _as_wire(document: Document) -> Document:
    """The stored query is sent as a text of JSON, and without a dataset nothing is."""
    context = document.get("query_context")
    document = {**document, "query_context": "{}" if isinstance(context, Mapping) else context}
    return document if document.get("dataset_uuid") else {**document, "dataset_uuid": document.get("uuid")}


def _dropped(document: Document) -> Iterator[Problem]:
    """A text in `extra` is read as JSON by the importer: broken, that of a dataset is dropped silently."""
    if isinstance(document.get("extra"), str):
        yield wrong_type("extra", document["extra"], dict)


def _sentence(document: Document, problem: Problem) -> Message:
    return problem.message(row_name(document, problem.path))
