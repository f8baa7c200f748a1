# [DEF:contracts.management.commands.contracts:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep contracts`: check, map, show, and the documents of a feature.
# @RELATION INHERITS_FROM -> core.management.base
# @RELATION CALLS -> contracts.check
# @RELATION CALLS -> contracts.map

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from apps.contracts import map as module_map
from apps.contracts.check import check
from apps.contracts.configuration import Checkout, read_checkout
from apps.contracts.errors import ContractsError
from apps.contracts.features import begin_feature
from apps.contracts.output import checked_text, shown_text
from apps.contracts.tree import read_tree
from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, Verbs
from apps.core.management.output import DONE, FAILED, Output

CHECKOUT = Path(__file__).parents[4]


class Command(BaseCommand):
    help = _("The contracts in the code: check, map, show, feature.")
    announced: ClassVar[tuple[type[Exception], ...]] = (ContractsError,)

    def add_verbs(self, verbs: Verbs) -> None:
        checking = _placed(verbs.add("check", self.check_tree, _("Check every contract against the code.")))
        checking.add_argument("--draft", action="store_true", help=_("allow [NEED_CONTEXT: …], an error otherwise"))

        mapping = _placed(verbs.add("map", self.map, _("Show the map of the modules, or write those of features.")))
        mapping.add_argument("patterns", nargs="*", metavar="PATTERN", help=_("ids, such as superset.* (default: all)"))
        mapping.add_argument("--write", action="store_true", help=_("write the maps of all features to specs/modules"))

        showing = _placed(verbs.add("show", self.show, _("Show one contract, and the contracts that refer to it.")))
        showing.add_argument("id", metavar="ID", help="id of an anchor, such as core.errors")

        beginning = _placed(verbs.add("feature", self.feature, _("Create the documents of a feature from templates.")))
        beginning.add_argument("name", metavar="NAME", help=_("lower-case letters and hyphens; the number is added"))

    def check_tree(self, options: Options) -> Output:
        tree = read_tree(_checkout(options), draft=options["draft"])
        violations = check(tree)
        data = {
            "sources": len(tree.sources),
            "violations": [
                {"path": each.path, "line": each.line, "rule": each.rule, "text": each.text} for each in violations
            ],
        }
        return Output(data, checked_text(tree, violations), exit_code=FAILED if violations else DONE)

    def map(self, options: Options) -> Output:
        checkout = _checkout(options)
        tree = read_tree(checkout)
        if options["write"]:
            written = module_map.write_maps(checkout.path, tree)
            text = "\n".join(_("Wrote {path}.").format(path=path) for path in written) or _("All maps are up to date.")
            return Output({"written": written}, text)
        rows = module_map.matching(tree, options["patterns"])
        return Output(module_map.to_json(rows), module_map.to_markdown(rows))

    def show(self, options: Options) -> Output:
        tree = read_tree(_checkout(options))
        source, block = module_map.found(tree, options["id"])
        pointing = [
            {"predicate": predicate, "id": identity} for predicate, identity in module_map.pointing_at(tree, block.id)
        ]
        data = {**module_map.contract(source, block), "pointed_at_by": pointing}
        return Output(data, shown_text(data))

    def feature(self, options: Options) -> Output:
        checkout = _checkout(options)
        today = datetime.now(UTC).date()
        made = begin_feature(checkout.path, checkout.configuration.specs, options["name"], today=today)
        return Output(
            {"made": made},
            "\n".join([*(_("Created {path}.").format(path=path) for path in made), _("Now fill in their brackets.")]),
        )


def _placed(parser: CommandParser) -> CommandParser:
    parser.add_argument(
        "--checkout", type=Path, default=CHECKOUT, metavar="FOLDER", help=_("checkout (default: this one)")
    )
    return parser


def _checkout(options: Options) -> Checkout:
    return read_checkout(options["checkout"])
