# [DEF:users.management.commands.audit:Module]
# @COMPLEXITY: 3
# @PURPOSE: `manage.py audit`: show, verify and export the record of who did what.
# @RELATION INHERITS_FROM -> core.management.base
# @RELATION DEPENDS_ON -> audit.export
# @RELATION CALLS -> audit.chain
# @RELATION CALLS -> audit.anchor

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from apps.audit import anchor as anchoring
from apps.audit import chain
from apps.audit import export as exporting
from apps.audit.chain import Link, Verified
from apps.audit.models import AuditEntry
from apps.core.errors import LockstepError
from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, Verbs, add_actor, add_onlooker
from apps.core.management.output import DONE, FAILED, PENDING, Output, table_output
from apps.users.policies import require
from apps.users.services.actor import acting_user, looking_user

LISTED = 50
HEADERS = ("Number", "When (UTC)", "Who", "Through", "Action", "Object")


class Command(BaseCommand):
    help = "The record of who did what: list, export, verify, close, anchor, rotate-key."

    def add_verbs(self, verbs: Verbs) -> None:
        _filters(verbs.add("list", self.list, f"Show the last {LISTED} entries."))
        export = _filters(verbs.add("export", self.export, "Write entries as JSON lines, oldest first."))
        export.add_argument("--to", metavar="FILE", type=Path, required=True, help="a new file")
        verify = verbs.add("verify", self.verify, "Read the whole chain: was an entry changed or removed?")
        verify.add_argument("--noted", metavar="NUMBER:HASH", help="an end that an earlier verify told")
        verify.add_argument("--files", metavar="DIRECTORY", type=Path, help="where closed segments are by now")
        add_onlooker(verify)
        anchor = verbs.add(
            "anchor", self.anchor, "Write the head outside the database anew, after a restore or a loss."
        )
        anchor.add_argument("--reason", required=True, help="kept in the audit")
        anchor.add_argument("--yes", action="store_true", help="do it; without, only tell what would be done")
        add_actor(anchor)
        rotate = verbs.add("rotate-key", self.rotate_key, "Seal with a new key from now on; the old ones still verify.")
        add_actor(rotate)
        close = verbs.add("close", self.close, "Export what is old, write a checkpoint, and delete it here.")
        close.add_argument("--keep-days", type=int, required=True, metavar="DAYS", help="how much stays")
        close.add_argument("--to", metavar="FILE", type=Path, required=True, help="a new file for what goes")
        close.add_argument("--yes", action="store_true", help="do it; without, only tell what would be done")
        add_actor(close)

    def list(self, options: Options) -> Output:
        entries = list(_chosen(options).select_related("actor")[:LISTED])
        return table_output(
            list(map(exporting.entry_data, entries)), HEADERS, list(map(_row, entries)), empty="No entries."
        )

    def export(self, options: Options) -> Output:
        lines = 0
        file: Path = options["to"]
        try:
            with file.open("x", encoding="utf-8") as stream:
                for line in exporting.json_lines(_chosen(options)):
                    stream.write(line)
                    lines += 1
        except OSError as error:
            raise LockstepError(f"{file} cannot be written ({error.strerror}): name a new file.") from None
        return Output({"entries": lines, "file": str(file)}, f"{lines} entries are in {file}.")

    def verify(self, options: Options) -> Output:
        require(looking_user(username=options["actor"]), "audit.view")
        found = chain.verify(noted=_link(options["noted"]), directory=options["files"])
        data = {
            "holds": found.holds,
            "entries": found.entries,
            "unsealed": found.unsealed,
            "start": str(found.start),
            "end": str(found.end),
            "faults": found.faults,
            "doubts": found.doubts,
            "notes": found.notes,
        }
        return Output(data, "\n".join(_report(found)), exit_code=DONE if found.holds else FAILED)

    def anchor(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        require(actor, "audit.close")
        if not options["yes"]:
            end = chain.end()
            text = f"The head would be written as {end}. Nothing is done yet: --yes does it."
            return Output({"head": str(end)}, text, exit_code=PENDING)
        link = anchoring.anchor(actor=actor, reason=options["reason"])
        text = f"The head outside the database is {link} now. What was cut off before cannot be found by it any more."
        return Output({"head": str(link)}, text)

    def rotate_key(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        require(actor, "audit.close")
        name = anchoring.rotate_key(actor=actor)
        text = f"The audit is sealed with the key {name} from now on: restart what runs, and back up the key file."
        return Output({"key": name}, text)

    def close(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        require(actor, "audit.close")
        before = timezone.now() - timedelta(days=options["keep_days"])
        if not options["yes"]:
            segment = exporting.closable(before=before)
            what = f"{segment.entries} entries, up to number {segment.end.number}"
            text = f"{what}, would go to {options['to']}. Nothing is done yet: --yes does it."
            return Output({"entries": segment.entries, "end": str(segment.end)}, text, exit_code=PENDING)
        made = exporting.close(actor=actor, before=before, file=options["to"])
        text = (
            f"{made.entries} entries are in {made.file} now (SHA-256 {made.file_sha256}); the chain goes on from there."
        )
        facts = {"entries": made.entries, "number": made.number, "hash": made.hash, "file": made.file}
        return Output(facts | {"sha256": made.file_sha256}, text, exit_code=DONE)


def _report(found: Verified) -> Iterator[str]:
    if found.faults:
        yield from ("The audit does not hold:", *found.faults)
    if found.doubts:
        yield from ("Whether the audit holds cannot be told:", *found.doubts)
    yield from found.notes
    if found.holds:
        yield f"The audit holds: {found.entries} entries. Its end, to note elsewhere:"
        yield str(found.end)


def _filters(parser: CommandParser) -> CommandParser:
    parser.add_argument("--since", type=_moment, metavar="DATE", help="2026-11-24 or 2026-11-24T18:00, UTC")
    parser.add_argument("--until", type=_moment, metavar="DATE")
    parser.add_argument("--action", metavar="ACTION", help="such as environment.edit, or its beginning")
    parser.add_argument("--who", metavar="USERNAME")
    parser.add_argument("--object", metavar="NAME", help="a part of the name of what it was done to")
    add_onlooker(parser)
    return parser


def _chosen(options: Options) -> Any:
    require(looking_user(username=options["actor"]), "audit.view")
    conditions = {
        "at__gte": options["since"],
        "at__lt": options["until"],
        "action__startswith": options["action"],
        "actor__username": options["who"],
        "object_name__icontains": options["object"],
    }
    return AuditEntry.objects.filter(**{path: value for path, value in conditions.items() if value is not None})


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else timezone.make_aware(moment)


def _link(text: str | None) -> Link | None:
    if text is None:
        return None
    number, _, digest = text.partition(":")
    if not number.isdecimal() or not digest:
        raise LockstepError("--noted takes NUMBER:HASH, as `audit verify` tells it.")
    return Link(int(number), digest)


def _row(entry: AuditEntry) -> tuple[str, ...]:
    who = str(entry.actor or "-") + (f" as {entry.os_user}" if entry.os_user else "")
    number = "" if entry.number is None else str(entry.number)
    return number, f"{entry.at:%Y-%m-%d %H:%M:%S}", who, entry.source, entry.action, entry.object_name
