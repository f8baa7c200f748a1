# [DEF:superset.references.serialization:Module]
# @COMPLEXITY: 2
# @PURPOSE: Symbolic content as bytes and back, as plans and snapshots store it.
# @RELATION CALLS -> superset.bundle.bundle
"""References are texts that begin with `@`, or mappings with one such key; anything else that begins with `@` gets
another `@`, so that no text from outside is ever read back as a reference."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from apps.superset.assets import Asset, Bundle, Document, Key
from apps.superset.bundle.bundle import read_bundle, write_bundle
from apps.superset.errors import BundleInvalid
from apps.superset.messages.message import Message
from apps.superset.references.reference import Column, Form, Own, Packed, Ref, Template

MARK = "@"
TEXT, JSON = "@text", "@json"
WRITTEN = "#"


def pack(assets: Iterable[Asset], *, root: str, extras: Mapping[str, Document] | None = None) -> bytes:
    """A deterministic ZIP of symbolic assets: equal content gives equal bytes."""
    written = [asset.with_document(_written(asset.document)) for asset in assets]
    return write_bundle(written, type="assets", root=root, extras=extras)


def unpack(data: bytes, only: Collection[str] | None = None) -> Bundle:
    """The inverse of `pack`, or just the assets with these UUIDs. BundleInvalid for content stored before references
    had this format."""
    bundle = read_bundle(data, only=only)
    return Bundle({key: _unpacked(asset) for key, asset in bundle.assets.items()}, bundle.extras)


def _unpacked(asset: Asset) -> Asset:
    name = asset.name.removeprefix(MARK) if asset.name.startswith(MARK * 2) else asset.name
    try:
        return replace(asset, name=name, document=_read(asset.document))
    except ValueError:
        raise BundleInvalid(
            Message("error.old_snapshot"), asset=str(asset), next_step=Message("next.plan_after_undo")
        ) from None


def _written(value: Any) -> Any:
    match value:
        case str():
            return MARK + value if value.startswith(MARK) else value
        case Mapping():
            return {_written(name): _written(item) for name, item in value.items()}
        case list() | tuple():
            return [_written(item) for item in value]
        case Ref(key, form, more, written, follows):
            return "|".join((f"{MARK}{key}", form, more, written, follows))
        case Own(form, written):
            return f"{MARK}self|{form}|{written}" if written else f"{MARK}self|{form}"
        case Column(name, written):
            return f"{MARK}column{WRITTEN}{written}|{name}" if written else f"{MARK}column|{name}"
        case Template(parts):
            return {TEXT: [_written(part) for part in parts]}
        case Packed(packed):
            return {JSON: _written(packed)}
    return value


def _read(value: Any) -> Any:
    if isinstance(value, str):
        return _read_text(value) if value.startswith(MARK) else value
    if isinstance(value, list):
        return [_read(item) for item in value]
    if isinstance(value, Mapping):
        if TEXT in value:
            return Template(tuple(_read(part) for part in value[TEXT]))
        if JSON in value:
            return Packed(_read(value[JSON]))
        return {_read(name): _read(item) for name, item in value.items()}
    return value


def _read_text(text: str) -> Any:
    if text.startswith(MARK * 2):
        return text.removeprefix(MARK)
    name, _, rest = text.removeprefix(MARK).partition("|")
    if name == "self":
        form, _, written = rest.partition("|")
        return Own(Form(form), written)
    if name.partition(WRITTEN)[0] == "column":
        return Column(rest, name.partition(WRITTEN)[2])
    form, more, written, follows = rest.split("|")
    return Ref(Key.parse(name), Form(form), more, written, follows)
