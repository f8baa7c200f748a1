# [DEF:superset.checks.rights:Module]
# @COMPLEXITY: 3
# @PURPOSE: Which rights the accounts of a migration need, and which of them they lack: known before anything is read.
# @RELATION DEPENDS_ON -> superset.plan.refusal
# @RELATION DEPENDS_ON -> superset.account
"""Every right is a pair of permission and view that a role has; one request tells them all (`Client.account`). Without
`can_write` an importer of 6.1.0 leaves what is there as it is and answers 200 (source: commands/*/importers/v1).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from apps.superset.account import Account, Right
from apps.superset.assets import Kind
from apps.superset.plan.refusal import Refusal, refuse_plan
from apps.superset.protocol import Client
from apps.superset.releases.profiles import EXPORT, IMPORT_ASSETS, READ, WRITE

CONTENT = (Kind.DATASET, Kind.CHART, Kind.DASHBOARD)


def view_of(kind: Kind) -> str:
    """`Dataset` as Superset names it in its permissions."""
    return kind.value.capitalize()


TO_LIST: tuple[Right, ...] = tuple((READ, view_of(kind)) for kind in Kind)
OF_SOURCE: tuple[Right, ...] = (*TO_LIST, (EXPORT, view_of(Kind.DASHBOARD)))
OF_TARGET: tuple[Right, ...] = (*TO_LIST, *((EXPORT, view_of(kind)) for kind in CONTENT), IMPORT_ASSETS)
"""The target's content is exported kind by kind: to compare with, and for the snapshot."""


def require_rights(source: Client, target: Client) -> None:
    """PlanUnsafe where an account cannot do its part of any migration. Both are asked at the same time."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        there = pool.submit(_refused, target, OF_TARGET)
        here = _refused(source, OF_SOURCE)
        refuse_plan([*here, *there.result()], target.environment)


def not_writable(target: Client, kinds: Collection[Kind]) -> Iterator[Refusal]:
    """What the account lacks to write assets of these kinds."""
    needed = [(WRITE, view_of(kind)) for kind in CONTENT if kind in kinds]
    yield from _refused(target, [*needed, IMPORT_ASSETS] if needed else [])


def unseen_databases(target: Client) -> str:
    """Why a database may be there and not be listed, with the next step; empty for an account that sees all."""
    account = target.account()
    if account.sees_all_databases:
        return ""
    return (
        f"{whose(account, target)} sees only the databases that it was given access to: give one of its roles access "
        "to the database there, or use an administrator's account"
    )


def whose(account: Account, client: Client) -> str:
    named = f" “{account.name}”" if account.name else ""
    return f"the account{named} of {client.environment}"


def _refused(client: Client, needed: Iterable[Right]) -> list[Refusal]:
    """One refusal that names all rights that are missing."""
    account = client.account()
    missing = [f"{permission} on {view}" for permission, view in needed if not account.may(permission, view)]
    if not missing:
        return []
    text = (
        f"{whose(account, client)} lacks {', '.join(missing)}: give one of its roles there what is missing (Settings, "
        "List Roles), or use an administrator's account"
    )
    return [Refusal("rights_missing", client.environment, text, {"rights": missing})]
