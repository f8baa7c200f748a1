# [DEF:catalogue.management.commands.mapping:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep mapping`: which database stands for which, and which assets are a pair.
# @RELATION INHERITS_FROM -> environments.management.base
# @RELATION DEPENDS_ON -> core.management.base
# @RELATION DEPENDS_ON -> superset.planning.mapping
# @RELATION DEPENDS_ON -> users.services.actor
# @RELATION DEPENDS_ON -> contracts.plain_text

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any

from django.core.management.base import CommandParser

from apps.catalogue.management import messages
from apps.catalogue.messages import REMOVED
from apps.catalogue.models import AssetPairing, DatabaseMapping, PairedKind
from apps.catalogue.services import mappings, pairings
from apps.contracts.plain_text import one_line
from apps.core.errors import worded
from apps.core.management.base import Options, Verbs, add_actor, add_onlooker
from apps.core.management.dry_run import add_yes, carried_out, would
from apps.core.management.lists import add_limit, add_moments, add_search, between, page_of, page_output, with_words
from apps.core.management.output import Output, table_output
from apps.core.management.program import program
from apps.environments.management.base import SupersetCommand
from apps.environments.models import Environment
from apps.environments.services.lookup import get_environment
from apps.superset.assets import Kind
from apps.superset.planning.mapping import Suggestion
from apps.users.management.options import add_by, by
from apps.users.models import User
from apps.users.services.actor import acting_user, looking_user

PAIR = "SOURCE_NAME=TARGET_NAME"


DATABASE = "database"
"""What a mapping is of, beside the kinds of pairings."""

Rows = list[tuple[str, DatabaseMapping | AssetPairing]]


ELSEWHERE = "DATABASE"
"""Stands for a database of the target that a person has to name."""


class Command(SupersetCommand):
    help = str(messages.HELP_MAPPING)

    def add_verbs(self, verbs: Verbs) -> None:
        add_onlooker(_sides(verbs.add("suggest", self.suggest, str(messages.HELP_SUGGEST))))
        listed = _sides(verbs.add("list", self.list, str(messages.HELP_LIST)))
        listed.add_argument("--kind", choices=(DATABASE, *PairedKind.values), help=str(messages.HELP_KIND_FILTER))
        add_by(listed, messages.CONFIRMED)
        add_moments(listed, messages.CONFIRMED)
        add_search(listed, messages.SEARCHED_NAMES)
        add_limit(listed)
        add_onlooker(listed)

        set_ = _sides(verbs.add("set", self.set, str(messages.HELP_SET)))
        set_.add_argument("pairs", nargs="+", metavar=PAIR, help=str(messages.HELP_PAIRS))
        add_actor(set_)

        remove = _sides(verbs.add("remove", self.remove, str(messages.HELP_REMOVE)))
        remove.add_argument("names", nargs="+", metavar="SOURCE_NAME", help=str(messages.HELP_NAMES))
        add_yes(remove)
        add_actor(remove)

        pair = _sides(verbs.add("pair", self.pair, str(messages.HELP_PAIR)))
        pair.add_argument("kind", choices=PairedKind.values, help=str(messages.HELP_PAIRED_KIND))
        pair.add_argument("pairs", nargs="+", metavar=PAIR, help=str(messages.HELP_PAIRS))
        pair.add_argument("--reason", default="", metavar="TEXT", help=str(messages.HELP_REASON))
        add_actor(pair)

        unpair = _sides(verbs.add("unpair", self.unpair, str(messages.HELP_UNPAIR)))
        unpair.add_argument("kind", choices=PairedKind.values, help=str(messages.HELP_PAIRED_KIND))
        unpair.add_argument("names", nargs="+", metavar="SOURCE_NAME", help=str(messages.HELP_NAMES))
        add_yes(unpair)
        add_actor(unpair)

    def suggest(self, options: Options) -> Output:
        user = looking_user(username=options["actor"])
        source, target = _environments(options, user)
        suggestions = mappings.suggest_mappings(actor=user, source=source, target=target)
        output = table_output(
            [_suggested(each) for each in suggestions],
            (source.name.upper(), target.name.upper(), "SCORE", "REASON"),
            [
                (each.source.name, each.target.name if each.target else "-", f"{each.score:.0f}", worded(each.reason))
                for each in suggestions
            ],
            empty=messages.NO_DATABASES.format(environment=source),
        )
        found = [f"{each.source.name}={each.target.name if each.target else ELSEWHERE}" for each in suggestions]
        command = shlex.join([program(), "mapping", "set", source.slug, target.slug, *found])
        return replace(output, text=f"{output.text}\n\n{messages.STORE.format(command=command)}") if found else output

    def list(self, options: Options) -> Output:
        user = looking_user(username=options["actor"])
        source, target = _environments(options, user)
        rows = _chosen(options, user, source, target)
        return page_output(
            page_of(rows, options),
            {**options, "source": None, "target": None},
            ("KIND", source.name.upper(), target.name.upper(), "CONFIRMED"),
            data=lambda row: _row_data(*row),
            cells=lambda row: _row(*row),
            empty=messages.EMPTY.format(source=source, target=target, program=program()),
        )

    def set(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        source, target = _environments(options, actor)
        rows = mappings.set_mappings(actor=actor, source=source, target=target, pairs=options["pairs"])
        return _stored([(DATABASE, row) for row in rows])

    def remove(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        source, target = _environments(options, actor)
        sides = {"source": source, "target": target}
        names = carried_out(
            lambda: mappings.remove_mappings(actor=actor, **sides, names=options["names"]), really=options["yes"]
        )
        return _removed(names, really=options["yes"])

    def pair(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        source, target = _environments(options, actor)
        rows = pairings.pair_assets(
            actor=actor,
            source=source,
            target=target,
            kind=Kind(options["kind"]),
            pairs=options["pairs"],
            reason=options["reason"],
        )
        return _stored([(row.kind, row) for row in rows])

    def unpair(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        source, target = _environments(options, actor)
        facts: dict[str, Any] = {"source": source, "target": target, "kind": Kind(options["kind"])}
        names = carried_out(
            lambda: pairings.unpair_assets(actor=actor, **facts, names=options["names"]), really=options["yes"]
        )
        return _removed(names, really=options["yes"])


def _chosen(options: Options, user: User, source: Environment, target: Environment) -> Rows:
    words = with_words(options["search"], "source_name", "target_name")
    wanted = by("confirmed_by", options) & between("confirmed_at", options) & words
    sides, kind = {"source": source, "target": target}, options["kind"]
    rows: Rows = []
    if kind in (None, DATABASE):
        rows.extend((DATABASE, row) for row in DatabaseMapping.objects.visible_to(user).filter(wanted, **sides))
    if kind != DATABASE:
        pairings_of_kind = {"kind": kind} if kind else {}
        found = AssetPairing.objects.visible_to(user).filter(wanted, **sides, **pairings_of_kind)
        rows.extend((row.kind, row) for row in found)
    return rows


def _sides(parser: CommandParser) -> CommandParser:
    parser.add_argument("source", metavar="SOURCE", help=str(messages.HELP_SOURCE))
    parser.add_argument("target", metavar="TARGET", help=str(messages.HELP_TARGET))
    return parser


def _environments(options: Options, user: User) -> tuple[Environment, Environment]:
    return get_environment(options["source"], user=user), get_environment(options["target"], user=user)


def _suggested(suggestion: Suggestion) -> dict[str, Any]:
    target = suggestion.target
    return {
        "source": {"uuid": suggestion.source.uuid, "name": suggestion.source.name},
        "target": {"uuid": target.uuid, "name": target.name} if target else None,
        "score": suggestion.score,
        "reason": worded(suggestion.reason),
    }


def _row_data(kind: str, row: DatabaseMapping | AssetPairing) -> dict[str, Any]:
    return {
        "kind": kind,
        "source": {"uuid": str(row.source_uuid), "name": row.source_name},
        "target": {"uuid": str(row.target_uuid), "name": row.target_name},
        "reason": row.reason if isinstance(row, AssetPairing) else "",
        "confirmed_by": row.confirmed_by.username,
        "confirmed_at": row.confirmed_at.isoformat(),
    }


def _row(kind: str, row: DatabaseMapping | AssetPairing) -> tuple[str, ...]:
    return kind, row.source_name, row.target_name, f"{row.confirmed_at:%Y-%m-%d %H:%M} by {row.confirmed_by}"


def _stored(rows: Rows) -> Output:
    return Output(
        [_row_data(kind, row) for kind, row in rows],
        "\n".join(one_line(messages.STORED.format(row=row)) for _, row in rows),
    )


def _removed(names: list[str], *, really: bool) -> Output:
    if not really:
        return would({"removed": names}, *(one_line(messages.WOULD_REMOVE.format(row=name)) for name in names))
    return Output({"removed": names}, "\n".join(one_line(REMOVED.format(row=name)) for name in names))
