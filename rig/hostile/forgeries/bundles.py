"""ZIPs that no Superset exports, but a hostile one might send."""

from __future__ import annotations

import io
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import yaml

from rig.servers.tamper import Spoil, editing, packed

Files = dict[str, bytes]
MEGABYTE = 2**20


def root_of(files: Files) -> str:
    return next(iter(files)).split("/")[0]


def adding(name: str, content: bytes) -> Spoil:
    def add(files: Files) -> None:
        files[name.format(root=root_of(files))] = content

    return editing(add)


def each_document(kind: str, change: Callable[[dict[str, Any]], object]) -> Spoil:
    """Change all documents of a kind."""

    def edit(files: Files) -> None:
        for name in [name for name in files if f"/{kind}/" in name]:
            document = yaml.safe_load(files[name])
            change(document)
            files[name] = yaml.safe_dump(document, allow_unicode=True).encode("utf-8", "surrogatepass")

    return editing(edit)


def raw_document(kind: str, change: Callable[[bytes], bytes]) -> Spoil:
    """Change the first document of a kind, as bytes."""

    def edit(files: Files) -> None:
        name = next(name for name in files if f"/{kind}/" in name)
        files[name] = change(files[name])

    return editing(edit)


def setting(kind: str, **fields: object) -> Spoil:
    return each_document(kind, lambda document: document.update(fields))


def _without(kind: str, name: str) -> Spoil:
    return each_document(kind, lambda document: document.pop(name, None))


def _dropping(kind: str) -> Spoil:
    def drop(files: Files) -> None:
        for name in [name for name in files if f"/{kind}/" in name]:
            del files[name]

    return editing(drop)


def _bomb(_: bytes) -> bytes:
    """800 MB of zeros in less than 1 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("e/charts/zeros.yaml", "w") as stream:
        for _megabyte in range(800):
            stream.write(bytes(MEGABYTE))
    return out.getvalue()


def _many(_: bytes) -> bytes:
    return packed({f"e/charts/{number}.yaml": b"a: 1\n" for number in range(70_000)})


def _with_entry(bundle: bytes, change: Callable[[zipfile.ZipInfo], None]) -> bytes:
    """One more entry, with a changed header."""
    out = io.BytesIO(bundle)
    with zipfile.ZipFile(out, "a") as archive:
        info = zipfile.ZipInfo(f"{archive.namelist()[0].split('/')[0]}/charts/odd.yaml")
        change(info)
        archive.writestr(info, b"/etc/passwd")
    return out.getvalue()


def _symlink(bundle: bytes) -> bytes:
    def link(info: zipfile.ZipInfo) -> None:
        info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16

    return _with_entry(bundle, link)


def _twice(bundle: bytes) -> bytes:
    """One name with two contents."""
    out = io.BytesIO(bundle)
    with zipfile.ZipFile(out, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        name = next(name for name in archive.namelist() if "/charts/" in name)
        content = archive.read(name)
        archive.writestr(name, content.replace(b"slice_name: ", b"slice_name: Other "))
    return out.getvalue()


def _encrypted(bundle: bytes) -> bytes:
    """Entries that claim to be encrypted."""
    spoiled = bytearray(bundle)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = spoiled.find(mark)
        while at >= 0:
            (flags,) = struct.unpack_from("<H", spoiled, at + offset)
            struct.pack_into("<H", spoiled, at + offset, flags | 1)
            at = spoiled.find(mark, at + 4)
    return bytes(spoiled)


def _lying_size(bundle: bytes) -> bytes:
    """Every entry claims a size of one byte."""
    spoiled = bytearray(bundle)
    at = spoiled.find(b"PK\x01\x02")
    while at >= 0:
        struct.pack_into("<I", spoiled, at + 24, 1)
        at = spoiled.find(b"PK\x01\x02", at + 4)
    return bytes(spoiled)


def _alias_bomb() -> bytes:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    for level in range(1, 9):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]")
    return "\n".join(lines).encode()


FORGERIES: dict[str, Spoil] = {
    "no ZIP": lambda _: b"Hello",
    "nothing": lambda _: b"",
    "half of it": lambda bundle: bundle[: len(bundle) // 2],
    "an empty ZIP": lambda _: packed({}),
    "a ZIP without documents": lambda _: packed({"e/metadata.yaml": b"version: 1.0.0\ntype: Dashboard\n"}),
    "a ZIP in a ZIP": adding("{root}/charts/inner.zip", packed({"e/charts/a.yaml": b"a: 1\n"})),
    "a ZIP named as a document": adding("{root}/charts/inner.yaml", packed({"e/charts/a.yaml": b"a: 1\n"})),
    "a ZIP before it": lambda bundle: packed({"x": b"1"}) + bundle,
    "a ZIP bomb": _bomb,
    "seventy thousand files": _many,
    "a name that climbs": adding("{root}/../../../slipped.yaml", b"a: 1\n"),
    "an absolute name": adding("/tmp/slipped.yaml", b"a: 1\n"),
    "a name with a backslash": adding("{root}\\charts\\..\\..\\slipped.yaml", b"a: 1\n"),
    "a name with a drive": adding("C:/slipped.yaml", b"a: 1\n"),
    "a name with a line break": adding("{root}/charts/a\nb.yaml", b"a: 1\n"),
    "a name of five thousand letters": adding("{root}/charts/" + "n" * 5000 + ".yaml", b"a: 1\n"),
    "a folder that nobody knows": adding("{root}/evil/a.yaml", b"a: 1\n"),
    "a program": adding("{root}/charts/evil.exe", b"MZ"),
    "a symbolic link": _symlink,
    "a name twice": _twice,
    "encrypted entries": _encrypted,
    "sizes that lie": _lying_size,
    "broken YAML": raw_document("charts", lambda _: b"slice_name: [unclosed\nuuid: : :\n"),
    "YAML that is a list": raw_document("charts", lambda _: b"- 1\n- 2\n"),
    "YAML that is a number": raw_document("charts", lambda _: b"17\n"),
    "an empty document": raw_document("charts", lambda _: b""),
    "two documents in one": raw_document("charts", lambda raw: raw + b"\n---\n" + raw),
    "a YAML bomb": adding("{root}/charts/laughs.yaml", _alias_bomb()),
    "YAML nested very deep": raw_document(
        "charts", lambda raw: raw + b"\ndeep: " + b"[" * 20_000 + b"]" * 20_000 + b"\n"
    ),
    "a Python object": raw_document(
        "charts", lambda raw: raw + b"\nevil: !!python/object/apply:os.system ['touch /tmp/evil']\n"
    ),
    "a key twice": raw_document("charts", lambda raw: raw + b"\nslice_name: Twice\n"),
    "a date as a name": setting("charts", slice_name=date(2026, 1, 1)),
    "bytes that are no UTF-8": raw_document(
        "charts", lambda raw: raw.replace(b"slice_name: ", b"slice_name: \xff\xfe", 1)
    ),
    "a uuid that is none": setting("charts", uuid="not-a-uuid"),
    "a uuid as a number": setting("charts", uuid=17),
    "no uuid": _without("charts", "uuid"),
    "one uuid for all charts": setting("charts", uuid="11111111-1111-4111-8111-111111111111"),
    "a missing dataset": _dropping("datasets"),
    "missing charts": _dropping("charts"),
    "a missing connection": _dropping("databases"),
    "position as a text": setting("dashboards", position="{not json"),
    "position as a list": setting("dashboards", position=[1, 2]),
    "position as null": setting("dashboards", position=None),
    "metadata as a text": setting("dashboards", metadata="x"),
    "metadata as a list": setting("dashboards", metadata=[1]),
    "filter scopes as a text": each_document("dashboards", lambda each: each["metadata"].update(filter_scopes="x")),
    "native filters as a text": each_document(
        "dashboards", lambda each: each["metadata"].update(native_filter_configuration="x")
    ),
    "native filters with null": each_document(
        "dashboards", lambda each: each["metadata"].update(native_filter_configuration=[None, 3])
    ),
    "chart configuration as a list": each_document(
        "dashboards", lambda each: each["metadata"].update(chart_configuration=[1])
    ),
    "params as a text": setting("charts", params="x"),
    "params as a list": setting("charts", params=[1]),
    "params as null": setting("charts", params=None),
    "a query context that is no JSON": setting("charts", query_context="{x"),
    "a query context as a number": setting("charts", query_context=5),
    "a viz type as a list": setting("charts", viz_type=["pie"]),
    "no viz type": _without("charts", "viz_type"),
    "columns as a text": setting("datasets", columns="x"),
    "columns with null": setting("datasets", columns=[None]),
    "metrics as a dictionary": setting("datasets", metrics={"a": 1}),
    "a table name of a megabyte": setting("datasets", table_name="t" * MEGABYTE),
    "a NUL in a title": setting("dashboards", dashboard_title="Sales\0Dashboard"),
    "infinity as a number": setting("charts", cache_timeout=float("inf")),
}
