# [DEF:catalogue.management.commands.mapping:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep mapping`: which database stands for which, and which assets are a pair.
# @RELATION INHERITS_FROM -> environments.management.base
# @RELATION DEPENDS_ON -> core.management.base
# @RELATION DEPENDS_ON -> superset.planning.mapping
# @RELATION DEPENDS_ON -> users.services.actor
# @RELATION DEPENDS_ON -> contracts.plain_text

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from apps.catalogue.management import messages
from apps.catalogue.messages import REMOVED
from apps.catalogue.models import AssetPairing, DatabaseMapping, PairedKind
from apps.catalogue.services import mappings, pairings
from apps.contracts.plain_text import one_line
from apps.core.management.base import Options, Verbs, add_actor, add_onlooker
from apps.core.management.output import Output, table_output
from apps.core.management.program import program
from apps.environments.management.base import SupersetCommand
from apps.environments.models import Environment
from apps.environments.services.lookup import get_environment
from apps.superset.assets import Kind
from apps.superset.planning.mapping import Suggestion
from apps.users.models import User
from apps.users.services.actor import acting_user, looking_user

PAIR = "SOURCE_NAME=TARGET_NAME"


Rows = list[tuple[str, DatabaseMapping | AssetPairing]]


class Command(SupersetCommand):
    help = str(messages.HELP_MAPPING)

    def add_verbs(self, verbs: Verbs) -> None:
        add_onlooker(_sides(verbs.add("suggest", self.suggest, str(messages.HELP_SUGGEST))))
        add_onlooker(_sides(verbs.add("list", self.list, str(messages.HELP_LIST))))

        set_ = _sides(verbs.add("set", self.set, str(messages.HELP_SET)))
        set_.add_argument("pairs", nargs="+", metavar=PAIR)
        add_actor(set_)

        remove = _sides(verbs.add("remove", self.remove, str(messages.HELP_REMOVE)))
        remove.add_argument("names", nargs="+", metavar="SOURCE_NAME")
        add_actor(remove)

        pair = _sides(verbs.add("pair", self.pair, str(messages.HELP_PAIR)))
        pair.add_argument("kind", choices=PairedKind.values)
        pair.add_argument("pairs", nargs="+", metavar=PAIR)
        pair.add_argument("--reason", default="", help=str(messages.HELP_REASON))
        add_actor(pair)

        unpair = _sides(verbs.add("unpair", self.unpair, str(messages.HELP_UNPAIR)))
        unpair.add_argument("kind", choices=PairedKind.values)
        unpair.add_argument("names", nargs="+", metavar="SOURCE_NAME")
        add_actor(unpair)

    def suggest(self, options: Options) -> Output:
        user = looking_user(username=options["actor"])
        source, target = _environments(options, user)
        suggestions = mappings.suggest_mappings(actor=user, source=source, target=target)
        return table_output(
            [_suggested(each) for each in suggestions],
            (source.name.upper(), target.name.upper(), "SCORE", "REASON"),
            [
                (each.source.name, each.target.name if each.target else "-", f"{each.score:.0f}", each.reason)
                for each in suggestions
            ],
            empty=messages.NO_DATABASES.format(environment=source),
        )

    def list(self, options: Options) -> Output:
        user = looking_user(username=options["actor"])
        source, target = _environments(options, user)
        between = {"source": source, "target": target}
        rows: Rows = [("database", row) for row in DatabaseMapping.objects.visible_to(user).filter(**between)]
        rows.extend((row.kind, row) for row in AssetPairing.objects.visible_to(user).filter(**between))
        return table_output(
            [_row_data(kind, row) for kind, row in rows],
            ("KIND", source.name.upper(), target.name.upper(), "CONFIRMED"),
            [_row(kind, row) for kind, row in rows],
            empty=messages.EMPTY.format(source=source, target=target, program=program()),
        )

    def set(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        source, target = _environments(options, actor)
        rows = mappings.set_mappings(actor=actor, source=source, target=target, pairs=options["pairs"])
        return _stored([("database", row) for row in rows])

    def remove(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        source, target = _environments(options, actor)
        return _removed(mappings.remove_mappings(actor=actor, source=source, target=target, names=options["names"]))

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
        names = pairings.unpair_assets(
            actor=actor,
            source=source,
            target=target,
            kind=Kind(options["kind"]),
            names=options["names"],
        )
        return _removed(names)


def _sides(parser: CommandParser) -> CommandParser:
    parser.add_argument("source")
    parser.add_argument("target")
    return parser


def _environments(options: Options, user: User) -> tuple[Environment, Environment]:
    return get_environment(options["source"], user=user), get_environment(options["target"], user=user)


def _suggested(suggestion: Suggestion) -> dict[str, Any]:
    target = suggestion.target
    return {
        "source": {"uuid": suggestion.source.uuid, "name": suggestion.source.name},
        "target": {"uuid": target.uuid, "name": target.name} if target else None,
        "score": suggestion.score,
        "reason": suggestion.reason,
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


def _removed(names: list[str]) -> Output:
    return Output({"removed": names}, "\n".join(one_line(REMOVED.format(row=name)) for name in names))
