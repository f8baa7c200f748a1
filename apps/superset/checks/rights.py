# [DEF:superset.checks.rights:Module]
# @COMPLEXITY: 3
# @PURPOSE: Which permissions a migration needs and the accounts lack, checked before anything is read.
# @RELATION DEPENDS_ON -> superset.plan.refusal
# @RELATION DEPENDS_ON -> superset.plan.attachment
# @RELATION DEPENDS_ON -> superset.account
"""A right is a pair of permission and view granted by a role (`Client.account`). Without
`can_write`, an importer of 6.1.0 leaves existing assets unchanged and answers 200 (source: commands/*/importers/v1).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from apps.superset.account import Account
from apps.superset.assets import Kind
from apps.superset.messages.message import Message
from apps.superset.plan.attachment import Aspect
from apps.superset.plan.refusal import Refusal, refuse_plan
from apps.superset.protocol import Client
from apps.superset.releases.base import Permissions, Right

CONTENT = (Kind.DATASET, Kind.CHART, Kind.DASHBOARD)


def rights_on_source(has: Permissions) -> tuple[Right, ...]:
    return (*_to_list(has), has.on(has.export, Kind.DASHBOARD))


def rights_on_target(has: Permissions) -> tuple[Right, ...]:
    """Its content is exported kind by kind, for the comparison and the snapshot."""
    return (*_to_list(has), *(has.on(has.export, kind) for kind in CONTENT), *has.importing)


def _to_list(has: Permissions) -> tuple[Right, ...]:
    return tuple(has.on(has.read, kind) for kind in Kind)


def require_rights(source: Client, target: Client) -> None:
    """PlanUnsafe if an account lacks what every migration needs. Both accounts are checked at the same time."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        there = pool.submit(_refused, target, rights_on_target(target.profile.permissions))
        here = _refused(source, rights_on_source(source.profile.permissions))
        refuse_plan([*here, *there.result()], target.environment)


@dataclass(frozen=True, slots=True)
class Lacking:
    """What an account lacks of the rights that every migration needs, by the side that it is to be."""

    account: Account
    as_source: tuple[str, ...]
    as_target: tuple[str, ...]

    @property
    def is_known(self) -> bool:
        """Whether the server shows what the account may do."""
        return bool(self.account.rights) or self.account.observed is not None


def lacking_rights(client: Client) -> Lacking:
    """As a target it also writes every kind of content."""
    account, has = client.account(), client.profile.permissions
    writes = tuple(has.on(has.write, kind) for kind in CONTENT)
    as_target = _missing(account, (*rights_on_target(has), *writes))
    return Lacking(account, tuple(_missing(account, rights_on_source(has))), tuple(as_target))


def not_writable(target: Client, kinds: Collection[Kind]) -> Iterator[Refusal]:
    """What the account lacks to write assets of these kinds."""
    has = target.profile.permissions
    needed = [has.on(has.write, kind) for kind in Kind if kind in kinds]
    yield from _refused(target, [*needed, *has.importing] if needed else [])


def not_settable(target: Client, aspects: Collection[Aspect]) -> Iterator[Refusal]:
    """What the account lacks to set these beside the documents; owners and roles take no more than the asset itself."""
    has = target.profile.permissions
    needed = {
        Aspect.RULES: has.write_rules,
        Aspect.TAGS: has.write_tags,
        Aspect.EMBEDDING: has.set_embedding,
        Aspect.ANNOTATIONS: has.write_annotations,
        Aspect.THEMES: has.write_themes,
        Aspect.CSS: has.write_css,
        Aspect.QUERIES: has.write_queries,
        Aspect.REPORTS: has.write_reports,
    }
    yield from _refused(target, [right for aspect, right in needed.items() if aspect in aspects])


def unseen_databases(target: Client) -> Message | None:
    """Why an existing database may not be listed, with the next step; None for an account that sees all."""
    account = target.account()
    if account.sees_all_databases(target.profile.permissions):
        return None
    key = "refusal.databases_unseen" if account.observed is None else "refusal.databases_unseen.perhaps"
    return Message(key, account=whose(account, target))


def whose(account: Account, client: Client) -> Message:
    facts = {"environment": client.environment}
    if account.name:
        return Message("refusal.account.named", name=account.name, **facts)
    if account.observed is not None:
        return Message("refusal.account.numbered", id=account.id, release=client.release().version, **facts)
    return Message("refusal.account", **facts)


def _refused(client: Client, needed: Iterable[Right]) -> list[Refusal]:
    """One refusal that names all missing rights."""
    account = client.account()
    missing = _missing(account, needed)
    if not missing:
        return []
    message = Message("refusal.rights_missing", account=whose(account, client), rights=", ".join(missing))
    return [Refusal("rights_missing", client.environment, message, {"rights": missing})]


def _missing(account: Account, needed: Iterable[Right]) -> list[str]:
    return [f"{permission} on {view}" for permission, view in needed if not account.may(permission, view)]
