# [DEF:migrations.policies.assets:Module]
# @COMPLEXITY: 3
# @PURPOSE: What may be begun with the assets of an environment, and towards which others.
# @RELATION DEPENDS_ON -> catalogue.policies
# @RELATION DEPENDS_ON -> environments.models
# @RELATION CALLS -> users.who
# @RELATION DEPENDS_ON -> core.policies
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from apps.catalogue.models import AssetKind
from apps.catalogue.policies import SYNC, VIEW, require_startable
from apps.core.errors import LockstepError
from apps.core.policies import Verdict
from apps.environments.models import Environment
from apps.migrations import messages
from apps.migrations.policies.planning import require_plannable
from apps.migrations.policies.state import require_usable
from apps.users.models import User
from apps.users.policies import require
from apps.users.who import WhoCan, with_who

SEE, PLAN = "environments.view", "migrations.plan"


@dataclass(frozen=True, slots=True)
class AssetActions:
    """By the short name of the target: to plan a migration there, and to plan only to look."""

    migrate: dict[str, Verdict]
    compare: dict[str, Verdict]
    sync: Verdict


def actions_on_assets(
    user: User, source: Environment, targets: Collection[Environment], kind: AssetKind
) -> AssetActions:
    """`targets` are those that the user sees. Names of others who may take one query more, and only if needed."""
    who, by_slug = WhoCan(SEE, VIEW, PLAN, SYNC), {each.slug: each for each in targets}
    return AssetActions(
        migrate=with_who(
            user,
            {
                slug: partial(require_migratable, source=source, target=each, kind=kind)
                for slug, each in by_slug.items()
            },
            lambda slug: who.names((SEE, source), (VIEW, source), (PLAN, by_slug[slug])),
        ),
        compare=with_who(
            user,
            {
                slug: partial(require_comparable, source=source, target=each, kind=kind)
                for slug, each in by_slug.items()
            },
            lambda slug: who.names((VIEW, source), (VIEW, by_slug[slug])),
        ),
        sync=with_who(
            user,
            {"sync": partial(require_startable, environment=source, action="sync")},
            lambda _: who.names((SYNC, source)),
        )["sync"],
    )


def require_migratable(user: User, *, source: Environment, target: Environment, kind: AssetKind) -> None:
    require_selectable(kind)
    require_plannable(user, source, target)


def require_comparable(user: User, *, source: Environment, target: Environment, kind: AssetKind) -> None:
    """A plan that is only looked at shows what is in both."""
    require_selectable(kind)
    for environment in (source, target):
        require(user, VIEW, environment)
        require_usable(environment)


def require_selectable(kind: AssetKind) -> None:
    if kind != AssetKind.DASHBOARD:
        raise LockstepError(messages.ONLY_DASHBOARDS)
