# [DEF:users.management.commands.audit:Module]
# @COMPLEXITY: 3
# @PURPOSE: `manage.py audit`: show, verify and export the record of who did what.
# @RELATION INHERITS_FROM -> core.commands
# @RELATION DEPENDS_ON -> audit.exporting

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from apps.audit import chain, exporting
from apps.audit.models import AuditEntry
from apps.core.answers import DONE, FAILED, PENDING, Answer, table_answer
from apps.core.commands import Command as BaseCommand
from apps.core.commands import Options, Verbs, add_actor, add_onlooker
from apps.core.errors import LockstepError
from apps.users.policies import require
from apps.users.services import acting_user, looking_user

LISTED = 50
HEADERS = ("Number", "When (UTC)", "Who", "Through", "Action", "Object")


class Command(BaseCommand):
    help = "The record of who did what: list, export, verify, close."

    def add_verbs(self, verbs: Verbs) -> None:
        _filters(verbs.add("list", self.list, f"Show the last {LISTED} entries."))
        export = _filters(verbs.add("export", self.export, "Write entries as JSON lines, oldest first."))
        export.add_argument("--to", metavar="FILE", type=Path, required=True, help="a new file")
        verify = verbs.add("verify", self.verify, "Read the whole chain: was an entry changed or removed?")
        verify.add_argument("--noted", metavar="NUMBER:HASH", help="an end that an earlier verify told")
        add_onlooker(verify)
        close = verbs.add("close", self.close, "Export what is old, write a checkpoint, and delete it here.")
        close.add_argument("--keep-days", type=int, required=True, metavar="DAYS", help="how much stays")
        close.add_argument("--to", metavar="FILE", type=Path, required=True, help="a new file for what goes")
        close.add_argument("--yes", action="store_true", help="do it; without, only tell what would be done")
        add_actor(close)

    def list(self, options: Options) -> Answer:
        entries = list(_chosen(options).select_related("actor")[:LISTED])
        return table_answer(list(map(exporting.told, entries)), HEADERS, list(map(_row, entries)), empty="No entries.")

    def export(self, options: Options) -> Answer:
        lines = 0
        file: Path = options["to"]
        try:
            with file.open("x", encoding="utf-8") as stream:
                for line in exporting.json_lines(_chosen(options)):
                    stream.write(line)
                    lines += 1
        except OSError as error:
            raise LockstepError(f"{file} cannot be written ({error.strerror}): name a new file.") from None
        return Answer({"entries": lines, "file": str(file)}, f"{lines} entries are in {file}.")

    def verify(self, options: Options) -> Answer:
        require(looking_user(username=options["actor"]), "audit.view")
        found = chain.verify(noted=_link(options["noted"]))
        data = {
            "holds": not found.faults,
            "entries": found.entries,
            "start": str(found.start),
            "end": str(found.end),
            "faults": found.faults,
        }
        if found.faults:
            return Answer(data, "\n".join(["The audit does not hold:", *found.faults]), exit_code=FAILED)
        return Answer(data, f"The audit holds: {found.entries} entries. Its end, to note elsewhere:\n{found.end}")

    def close(self, options: Options) -> Answer:
        actor = acting_user(username=options["actor"])
        require(actor, "audit.close")
        before = timezone.now() - timedelta(days=options["keep_days"])
        if not options["yes"]:
            segment = exporting.closable(before=before)
            what = f"{segment.entries} entries, up to number {segment.end.number}"
            text = f"{what}, would go to {options['to']}. Nothing is done yet: --yes does it."
            return Answer({"entries": segment.entries, "end": str(segment.end)}, text, exit_code=PENDING)
        made = exporting.close(actor=actor, before=before, file=options["to"])
        text = (
            f"{made.entries} entries are in {made.file} now (SHA-256 {made.file_sha256}); the chain goes on from there."
        )
        facts = {"entries": made.entries, "number": made.number, "hash": made.hash, "file": made.file}
        return Answer(facts | {"sha256": made.file_sha256}, text, exit_code=DONE)


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


def _link(text: str | None) -> chain.Link | None:
    if text is None:
        return None
    number, _, digest = text.partition(":")
    if not number.isdecimal() or not digest:
        raise LockstepError("--noted takes NUMBER:HASH, as `audit verify` tells it.")
    return chain.Link(int(number), digest)


def _row(entry: AuditEntry) -> tuple[str, ...]:
    who = str(entry.actor or "-") + (f" as {entry.os_user}" if entry.os_user else "")
    number = "" if entry.number is None else str(entry.number)
    return number, f"{entry.at:%Y-%m-%d %H:%M:%S}", who, entry.source, entry.action, entry.object_name
