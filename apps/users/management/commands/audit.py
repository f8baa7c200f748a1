# [DEF:users.management.commands.audit:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep audit`: show, verify and export the record of who did what.
# @RELATION INHERITS_FROM -> core.management.base
# @RELATION DEPENDS_ON -> audit.export
# @RELATION CALLS -> audit.chain
# @RELATION CALLS -> audit.anchor

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.audit import anchor as audit_anchor
from apps.audit import chain
from apps.audit import export as audit_export
from apps.audit import messages as audit_messages
from apps.audit.chain import Link, Verified
from apps.audit.models import AuditEntry
from apps.core.errors import LockstepError
from apps.core.management.arguments import whole_number
from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, Verbs, add_actor, add_onlooker
from apps.core.management.dry_run import add_yes
from apps.core.management.lists import (
    add_limit,
    add_moments,
    add_search,
    between,
    equal,
    page_of,
    page_output,
    with_words,
)
from apps.core.management.output import DONE, FAILED, PENDING, Output
from apps.users.management.options import add_by, by
from apps.users.policies import require
from apps.users.services.actor import acting_user, looking_user

HEADERS = ("NUMBER", "WHEN (UTC)", "WHO", "THROUGH", "ACTION", "OBJECT")


class Command(BaseCommand):
    help = _("The audit log: list, export, verify, close, anchor, rotate-key.")

    def add_verbs(self, verbs: Verbs) -> None:
        add_limit(_filters(verbs.add("list", self.list, _("List entries, newest first."))))
        export = _filters(verbs.add("export", self.export, _("Write entries to a file as JSON lines, oldest first.")))
        export.add_argument("--to", metavar="FILE", type=Path, required=True, help=_("file to create"))
        verify = verbs.add("verify", self.verify, _("Check the whole chain for changed or missing entries."))
        verify.add_argument("--noted", metavar="NUMBER:HASH", help=_("the end that an earlier verify printed"))
        verify.add_argument("--files", metavar="DIRECTORY", type=Path, help=_("directory of moved segments"))
        add_onlooker(verify)
        anchor = verbs.add(
            "anchor", self.anchor, _("Rewrite the head outside the database, after a restore or a loss.")
        )
        anchor.add_argument("--reason", metavar="TEXT", required=True, help=_("recorded in the audit"))
        add_yes(anchor)
        add_actor(anchor)
        rotate = verbs.add("rotate-key", self.rotate_key, _("Seal new entries with a new key; old keys still verify."))
        add_actor(rotate)
        close = verbs.add("close", self.close, _("Export old entries, write a checkpoint, and delete them here."))
        close.add_argument(
            "--keep-days",
            type=whole_number(0, 36500),
            required=True,
            metavar="DAYS",
            help=_("keep entries of the last DAYS days"),
        )
        close.add_argument("--to", metavar="FILE", type=Path, required=True, help=_("new file to export the others to"))
        add_yes(close)
        add_actor(close)

    def list(self, options: Options) -> Output:
        page = page_of(_chosen(options).select_related("actor"), options)
        return page_output(page, options, HEADERS, data=audit_export.entry_data, cells=_row, empty=_("No entries."))

    def export(self, options: Options) -> Output:
        lines = 0
        file: Path = options["to"]
        try:
            with file.open("x", encoding="utf-8") as stream:
                for line in audit_export.json_lines(_chosen(options)):
                    stream.write(line)
                    lines += 1
        except OSError as error:
            raise LockstepError(audit_messages.FILE_NOT_WRITTEN.format(file=file, reason=error.strerror)) from None
        return Output(
            {"entries": lines, "file": str(file)},
            _("Wrote {entries} to {file}.").format(entries=audit_messages.entries(lines), file=file),
        )

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
            text = _("The head would be set to {end}. This is a dry run. Pass --yes to go on.").format(end=end)
            return Output({"head": str(end)}, text, exit_code=PENDING)
        link = audit_anchor.anchor(actor=actor, reason=options["reason"])
        text = _(
            "The head outside the database is now {link}. It can no longer reveal that entries were cut off earlier."
        ).format(link=link)
        return Output({"head": str(link)}, text)

    def rotate_key(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        require(actor, "audit.close")
        name = audit_anchor.rotate_key(actor=actor)
        text = _(
            "New entries are sealed with the key {name}. Restart all running processes and back up the key file."
        ).format(name=name)
        return Output({"key": name}, text)

    def close(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        require(actor, "audit.close")
        before = timezone.now() - timedelta(days=options["keep_days"])
        if not options["yes"]:
            segment = audit_export.closable(before=before)
            text = _(
                "{entries}, up to number {number}, would move to {file}. This is a dry run. Pass --yes to go on."
            ).format(entries=audit_messages.entries(segment.entries), number=segment.end.number, file=options["to"])
            return Output({"entries": segment.entries, "end": str(segment.end)}, text, exit_code=PENDING)
        made = audit_export.close(actor=actor, before=before, file=options["to"])
        text = _("Moved {entries} to {file} (SHA-256 {digest}). The chain continues from there.").format(
            entries=audit_messages.entries(made.entries), file=made.file, digest=made.file_sha256
        )
        facts = {"entries": made.entries, "number": made.number, "hash": made.hash, "file": made.file}
        return Output(facts | {"sha256": made.file_sha256}, text, exit_code=DONE)


def _report(found: Verified) -> Iterator[str]:
    if found.faults:
        yield from (_("The audit does not hold:"), *found.faults)
    if found.doubts:
        yield from (_("It is unknown whether the audit holds:"), *found.doubts)
    yield from found.notes
    if found.holds:
        yield _("The audit holds: {entries}. Its end, to note elsewhere:").format(
            entries=audit_messages.entries(found.entries)
        )
        yield str(found.end)


def _filters(parser: CommandParser) -> CommandParser:
    add_moments(parser, _("recorded"))
    parser.add_argument(
        "--action", metavar="ACTION", help=_("only this action, such as environment.edit; a prefix is enough")
    )
    add_by(parser, _("made"))
    parser.add_argument("--object", metavar="TEXT", help=_("only changes of objects with this in their name"))
    add_search(parser, _("action, object or user name"))
    add_onlooker(parser)
    return parser


def _chosen(options: Options) -> Any:
    require(looking_user(username=options["actor"]), "audit.view")
    wanted = equal({"action__startswith": options["action"], "object_name__icontains": options["object"]})
    words = with_words(options["search"], "action", "object_name", "actor__username")
    return AuditEntry.objects.filter(wanted, between("at", options), by("actor", options), words)


def _link(text: str | None) -> Link | None:
    if text is None:
        return None
    number, __, digest = text.partition(":")
    if not number.isdecimal() or not digest:
        raise LockstepError(_("--noted expects NUMBER:HASH, as printed by `audit verify`."))
    return Link(int(number), digest)


def _row(entry: AuditEntry) -> tuple[str, ...]:
    who = str(entry.actor or "-") + (f" as {entry.os_user}" if entry.os_user else "")
    number = "" if entry.number is None else str(entry.number)
    return number, f"{entry.at:%Y-%m-%d %H:%M:%S}", who, entry.source, entry.action, entry.object_name
