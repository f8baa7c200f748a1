# [DEF:superset.bundle.archive:Module]
# @COMPLEXITY: 2
# @PURPOSE: Reads untrusted ZIP files: every name, size and ratio is checked, and nothing touches the disk.

from __future__ import annotations

import io
import lzma
import re
import stat
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from zipfile import BadZipFile, ZipFile, ZipInfo

from apps.superset.messages.message import Message

MEGABYTE = 1024 * 1024
CHUNK = 64 * 1024
CENTRAL_ENTRY = b"PK\x01\x02"
ZIP_START = b"PK\x03\x04"
ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


BROKEN = (BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)
"""What zipfile raises for content that is no ZIP or a damaged one."""


class ArchiveRefused(Exception):
    """A ZIP that is broken or not safe to read. `problem` is a clause; `file` names the member at fault."""

    def __init__(self, problem: Message, file: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.file = file


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Sizes in bytes, after decompression. `ratio` is Superset's own (config.py: ZIP_FILE_MAX_COMPRESS_RATIO)."""

    files: int = 20_000
    file_bytes: int = 20 * MEGABYTE
    total_bytes: int = 256 * MEGABYTE
    ratio: int = 200


ARCHIVE_LIMITS = ArchiveLimits()


def read_archive(
    data: bytes, limits: ArchiveLimits = ARCHIVE_LIMITS, wanted: Callable[[str], bool] = lambda path: True
) -> dict[str, bytes]:
    """The YAML files of a bundle by their path below its one root folder; of those only the `wanted` are read.

    Like Superset's importer (commands/importers/v1/utils.py: is_valid_config) it passes over files that are no YAML and
    those whose name starts with a dot or an underscore, but their names are checked all the same. An archive among them
    is refused: the person who put it there takes it for a part of the bundle.
    """
    if data.count(CENTRAL_ENTRY) > limits.files:
        raise ArchiveRefused(Message("bundle.too_many_files", most=limits.files))
    try:
        archive = ZipFile(io.BytesIO(data))
    except BROKEN as error:
        raise ArchiveRefused(Message("bundle.no_zip")) from error
    with archive:
        members = _checked(archive.infolist(), limits)
        members = [info for info in members if wanted(info.filename)]
        files = [info for info in members if _is_yaml(info.filename)]
        for info in members:
            if _is_archive(archive, info):
                raise ArchiveRefused(Message("bundle.nested"), info.filename)
        return _below_root(dict(_contents(archive, files, len(data), limits)))


def _checked(members: list[ZipInfo], limits: ArchiveLimits) -> list[ZipInfo]:
    if len(members) > limits.files:
        raise ArchiveRefused(Message("bundle.too_many_files", most=limits.files))
    seen: set[str] = set()
    for info in members:
        if problem := _name_problem(info.orig_filename) or _member_problem(info):
            raise ArchiveRefused(problem, info.orig_filename)
        if info.filename in seen:
            raise ArchiveRefused(Message("bundle.twice"), info.filename)
        seen.add(info.filename)
    return [info for info in members if not info.is_dir()]


def _name_problem(name: str) -> Message | None:
    """Why a path must not be trusted; None for a good one. Takes the name as stored, before zipfile tidies it."""
    if CONTROL.search(name):
        return Message("bundle.control_character")
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return Message("bundle.absolute_path")
    if "\\" in name:
        return Message("bundle.backslash")
    if any(part in ("", ".", "..") for part in name.removesuffix("/").split("/")):
        return Message("bundle.leaves_folder")
    return None


def _member_problem(info: ZipInfo) -> Message | None:
    if info.flag_bits & 0x41:
        return Message("bundle.encrypted")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return Message("bundle.special")
    return None


def _is_yaml(name: str) -> bool:
    base = name.rpartition("/")[2]
    return base.lower().endswith((".yaml", ".yml")) and not base.startswith((".", "_"))


def _is_archive(archive: ZipFile, info: ZipInfo) -> bool:
    """By its name or by what it starts with."""
    if info.filename.lower().endswith(ARCHIVES):
        return True
    try:
        with archive.open(info) as stream:
            return stream.read(len(ZIP_START)) == ZIP_START
    except BROKEN as error:
        raise ArchiveRefused(Message("bundle.damaged"), info.filename) from error


def _contents(
    archive: ZipFile, members: list[ZipInfo], size: int, limits: ArchiveLimits
) -> Iterator[tuple[str, bytes]]:
    """Counts what really comes out: sizes in the headers are claims, the size of the whole ZIP is a fact."""
    allowed = min(limits.total_bytes, max(MEGABYTE, size * limits.ratio))
    for info in members:
        content = _content(archive, info, allowed, limits)
        allowed -= len(content)
        yield info.filename, content


def _content(archive: ZipFile, info: ZipInfo, allowed: int, limits: ArchiveLimits) -> bytes:
    content = bytearray()
    try:
        with archive.open(info) as stream:
            while chunk := stream.read(CHUNK):
                content += chunk
                if len(content) > limits.file_bytes:
                    most = limits.file_bytes // MEGABYTE
                    raise ArchiveRefused(Message("bundle.too_large", most=most), info.filename)
                if len(content) > allowed:
                    raise ArchiveRefused(Message("bundle.unpacks_too_far"), info.filename)
    except BROKEN as error:
        raise ArchiveRefused(Message("bundle.damaged"), info.filename) from error
    return bytes(content)


def _below_root(contents: dict[str, bytes]) -> dict[str, bytes]:
    if not contents:
        raise ArchiveRefused(Message("bundle.no_yaml"))
    if "metadata.yaml" in contents:
        raise ArchiveRefused(Message("bundle.no_root"), "metadata.yaml")
    roots = {name.partition("/")[0] for name in contents}
    if len(roots) > 1:
        raise ArchiveRefused(Message("bundle.several_roots", count=len(roots)))
    return {name.partition("/")[2]: content for name, content in contents.items()}
