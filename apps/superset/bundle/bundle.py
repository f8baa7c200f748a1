# [DEF:superset.bundle.bundle:Module]
# @COMPLEXITY: 2
# @PURPOSE: Reads and writes bundles: the ZIP of YAML files that Superset exports and imports.
"""Reading trusts nothing and keys every asset by its UUID; writing gives the same bytes for the same assets."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from apps.contracts.plain_text import one_line
from apps.superset.assets import NAME_FIELDS, Asset, Bundle, Key, Kind
from apps.superset.bundle.archive import ArchiveLimits, ArchiveRefused, read_archive
from apps.superset.bundle.safe_json import Cleaned, cleaned
from apps.superset.bundle.safe_yaml import SUSPECT, YamlLimits, YamlRefused, dump_yaml, load_yaml
from apps.superset.errors import BundleInvalid
from apps.superset.messages.message import Message
from apps.superset.shapes import document_problem, is_uuid

METADATA = "metadata.yaml"
VERSION = "1.0.0"
"""The only version of the format (commands/importers/v1/utils.py: IMPORT_VERSION)."""

FOLDERS = {kind.folder: kind for kind in Kind}
EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class BundleLimits:
    """What a bundle may hold at most. A thousand dashboards with their charts are about 4,200 files and 10 MB."""

    archive: ArchiveLimits = field(default_factory=ArchiveLimits)
    yaml: YamlLimits = field(default_factory=YamlLimits)


LIMITS = BundleLimits()


def read_bundle(
    data: bytes, *, environment: str = "", limits: BundleLimits = LIMITS, only: Collection[str] | None = None
) -> Bundle:
    """The assets of an exported ZIP, and its other files (themes/, tags.yaml, queries/) as extras. With `only`, just
    the files that `write_bundle` named by one of these UUIDs, without the others being parsed.

    Documents are as Superset wrote them: a chart's `query_context` stays a string. BundleInvalid names the file that
    is at fault.
    """
    with _naming_what_is_refused(environment):
        files = _files(data, limits, only)
        assets = {asset.key: asset for asset in _assets(files, limits)}
        extras = {path: _document(path, files[path], limits).value for path in files if _kind(path) is None}
        return Bundle(assets, extras)


def read_assets(data: bytes, *, environment: str = "", limits: BundleLimits = LIMITS) -> Iterator[Asset]:
    """The same assets one by one, for whom it is enough to have one in memory at a time."""
    with _naming_what_is_refused(environment):
        yield from _assets(_files(data, limits), limits)


def write_bundle(
    assets: Iterable[Asset],
    *,
    type: str = "assets",  # noqa: A002 (the word of the format)
    root: str = "lockstep",
    extras: Mapping[str, Mapping[str, Any]] | None = None,
) -> bytes:
    """A ZIP that Superset's importer accepts; the same assets in any order give the same bytes. `extras` are other
    files by path, which `read_bundle` gives back as such.

    `type` is what the endpoint expects in metadata.yaml: `assets`, `Dashboard`, `Slice`, `SqlaTable` or `Database`.
    Stored, not compressed, as Superset does: compressed bytes differ between builds of zlib.
    """
    by_key = {asset.key: asset for asset in assets}
    metadata = {"version": VERSION, "type": type, "timestamp": "1980-01-01T00:00:00+00:00"}
    files = {METADATA: dump_yaml(metadata)}
    files |= {path_of(asset, by_key): dump_yaml(asset.document) for asset in by_key.values()}
    files |= {path: dump_yaml(document) for path, document in (extras or {}).items()}
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_STORED) as archive:
        for path in sorted(files):
            archive.writestr(_member(f"{root}/{path}"), files[path].encode())
    return buffer.getvalue()


def path_of(asset: Asset, others: Mapping[Key, Asset] | None = None) -> str:
    """Where `write_bundle` puts an asset, without the root folder: the name Superset uses in its error messages.

    `others` may hold the database of a dataset, whose name becomes the dataset's folder; else its UUID does.
    """
    name = f"{_slug(asset.name)}_{asset.uuid}.yaml".lstrip("_")
    if asset.kind is not Kind.DATASET:
        return f"{asset.kind.folder}/{name}"
    uuid = str(asset.document.get("database_uuid") or "unknown")
    database = (others or {}).get(Key(Kind.DATABASE, uuid))
    return f"{asset.kind.folder}/{(_slug(database.name) if database else '') or uuid}/{name}"


@contextmanager
def _naming_what_is_refused(environment: str) -> Iterator[None]:
    try:
        yield
    except ArchiveRefused as refusal:
        file = one_line(refusal.file, 120)
        clause = Message("bundle.in_file", file=file, problem=refusal.problem) if file else refusal.problem
        raise BundleInvalid(clause, environment=environment, context={"file": refusal.file}) from refusal


def _files(data: bytes, limits: BundleLimits, only: Collection[str] | None = None) -> dict[str, bytes]:
    def wanted(path: str) -> bool:
        return only is None or path.endswith(f"/{METADATA}") or _uuid_in(path) in only

    files = read_archive(data, limits.archive, wanted)
    if METADATA not in files:
        raise ArchiveRefused(Message("bundle.no_metadata", name=METADATA))
    _check_metadata(_document(METADATA, files.pop(METADATA), limits).value)
    _require_known_case(files)
    return files


def _assets(files: Mapping[str, bytes], limits: BundleLimits) -> Iterator[Asset]:
    """Each once: a second file of the same asset must say the same."""
    found: dict[Key, str] = {}
    for path, content in files.items():
        if (kind := _kind(path)) is None:
            continue
        asset = _asset(path, kind, _document(path, content, limits))
        first = found.setdefault(asset.key, path)
        if first == path:
            yield asset
        elif _document(first, files[first], limits).value != asset.document:
            raise ArchiveRefused(Message("bundle.second", kind=kind, uuid=asset.uuid), path)


def _uuid_in(path: str) -> str:
    """As `path_of` writes it."""
    return path.removesuffix(".yaml")[-36:]


def _kind(path: str) -> Kind | None:
    folder, slash, _ = path.partition("/")
    return FOLDERS.get(folder) if slash else None


def _require_known_case(files: Iterable[str]) -> None:
    """Superset passes over `Charts/` without a word."""
    for path in files:
        folder, slash, _ = path.partition("/")
        if slash and folder not in FOLDERS and folder.lower() in FOLDERS:
            raise ArchiveRefused(Message("bundle.letter_case", folder=folder, wanted=folder.lower()), path)


def _check_metadata(metadata: Mapping[str, Any]) -> None:
    if "version" not in metadata:
        raise ArchiveRefused(Message("bundle.version.none", known=VERSION), METADATA)
    if (version := metadata["version"]) != VERSION:
        raise ArchiveRefused(Message("bundle.version", version=str(version)[:40], known=VERSION), METADATA)


def _document(path: str, content: bytes, limits: BundleLimits) -> Cleaned:
    try:
        text = content.decode()
        document = load_yaml(text, limits.yaml)
    except UnicodeDecodeError as error:
        raise ArchiveRefused(Message("bundle.no_utf8"), path) from error
    except YamlRefused as error:
        raise ArchiveRefused(error.problem, path) from error
    if not isinstance(document, dict):
        raise ArchiveRefused(Message("bundle.no_mapping"), path)
    return cleaned(document) if SUSPECT.search(text) else Cleaned(document)


def _asset(path: str, kind: Kind, read: Cleaned) -> Asset:
    document = read.value
    uuid = document.get("uuid")
    if not isinstance(uuid, str):
        raise ArchiveRefused(Message("bundle.no_uuid"), path)
    if not is_uuid(uuid):
        raise ArchiveRefused(Message("bundle.bad_uuid", text=uuid[:60]), path)
    name = one_line(document.get(NAME_FIELDS[kind]) or uuid.lower())
    if problem := document_problem(kind, document):
        raise ArchiveRefused(Message("bundle.asset", kind=kind, name=name, problem=problem), path)
    return Asset(Key(kind, uuid.lower()), name, document, read.escaped)


def _slug(name: str) -> str:
    """Never starts with a dot or an underscore: the importer passes over such files (is_valid_config)."""
    return re.sub(r"[^A-Za-z0-9]+", "_", name)[:60].strip("_")


def _member(path: str) -> ZipInfo:
    info = ZipInfo(path, EPOCH)
    info.create_system = 3
    info.external_attr = 0o644 << 16
    return info
