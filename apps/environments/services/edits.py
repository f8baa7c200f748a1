# [DEF:environments.services.edits:Module]
# @COMPLEXITY: 3
# @PURPOSE: Changes environments and how Lockstep signs in to them; what lowers a protection waits.
# @RELATION CALLS -> environments.services.protection_requests
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.concurrency
# @RELATION DEPENDS_ON -> audit.services

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db import IntegrityError, transaction

from apps.audit.services import record
from apps.core.concurrency import compare_and_set
from apps.core.crypto.encryption import Secret
from apps.core.errors import Conflict
from apps.environments import messages
from apps.environments.errors import refuse_invalid, refuse_other_server
from apps.environments.models import Environment, ProtectionRequest
from apps.environments.policies import EDIT
from apps.environments.protection import lowers
from apps.environments.services.connection import CONTACT, contact
from apps.environments.services.identity import absolute_path, normal_address, refuse_taken
from apps.environments.services.protection_requests import edit_waits
from apps.environments.services.sign_in import SignIn, sign_in_with
from apps.users.models import User
from apps.users.policies import require


def set_enabled(*, actor: User, environment: Environment, enabled: bool) -> bool:
    """False if it was so already."""
    require(actor, EDIT, environment)
    action = "environment.enable" if enabled else "environment.disable"
    with transaction.atomic():
        changed = compare_and_set(environment, expected={"enabled": not enabled}, enabled=enabled)
        if changed:
            record(actor=actor, action=action, target=environment, after={"enabled": enabled})
    return changed


def edit_environment(
    *, actor: User, environment: Environment, sign_in: SignIn | None = None, reason: str = "", **changes: Any
) -> dict[str, Any]:
    """Change some of url, tier, protected, approvals_needed, check_queries and ca_bundle, and how Lockstep signs in.

    Returns what is different now; nothing, if it was so already. Nothing either if it lowers the protection and there
    is somebody to confirm that: then `environment.waiting` is what waits for it.

    An address or CA bundle is not tried out here: `check_connection` does that. Conflict if somebody else changed the
    same in the meantime. It takes the permission where the environment is, and where it gets to by another tier. The
    stored secret is never sent to another server: an address there needs a sign-in of its own.
    """
    require(actor, EDIT, environment)
    before = environment.facts() | {"secret": environment.secret}
    if "url" in changes:
        changes["url"] = normal_address(environment.name, changes["url"])
    if "ca_bundle" in changes:
        changes["ca_bundle"] = absolute_path(changes["ca_bundle"])
    different = {name: value for name, value in changes.items() if before[name] != value}
    _change_in_hand(environment, different, sign_in)
    refuse_invalid(environment)
    require(actor, EDIT, environment)
    refuse_taken(actor, environment)
    if sign_in is None:
        refuse_other_server(environment, before["url"])
    if different or sign_in:
        with transaction.atomic():
            lowering = lowers(before, different)
            if lowering and edit_waits(
                actor=actor,
                environment=environment,
                before=before,
                after=different,
                reason=reason,
                sign_in=asdict(sign_in) if sign_in else None,
            ):
                return {}
            _store_edit(actor, environment, before, different, sign_in, noted=lowering)
    return different


def edit_as_asked(*, actor: User, environment: Environment, request: ProtectionRequest, sign_in: SignIn | None) -> None:
    """What somebody asked for and another has confirmed; Conflict if it is not any more what it was then."""
    before = environment.facts() | {"secret": environment.secret} | request.before
    _change_in_hand(environment, request.after, sign_in)
    refuse_taken(actor, environment)
    _store_edit(actor, environment, before, request.after, sign_in)


def update_credentials(*, actor: User, environment: Environment, sign_in: SignIn, check: bool = True) -> None:
    """Replace how Lockstep signs in; with `check`, only by what the environment accepts."""
    require(actor, EDIT, environment)
    before = environment.facts()
    sign_in_with(environment, sign_in)
    refuse_invalid(environment)
    if check:
        contact(environment)
    found = {name: getattr(environment, name) for name in (CONTACT if check else ())}
    with transaction.atomic():
        _store_sign_in(actor, environment, before, sign_in, **found)


def _change_in_hand(environment: Environment, different: dict[str, Any], sign_in: SignIn | None) -> None:
    """The stored secret is for the address that it was given for: one that stays is bound to the new one."""
    text = environment.secret.reveal() if "url" in different and sign_in is None else None
    for name, value in different.items():
        setattr(environment, name, value)
    if sign_in:
        sign_in_with(environment, sign_in)
    elif text is not None:
        environment.secret = Secret.of(text)


def _store_edit(
    actor: User,
    environment: Environment,
    before: dict[str, Any],
    different: dict[str, Any],
    sign_in: SignIn | None,
    *,
    noted: bool = False,
) -> None:
    """`noted`: the audit has it already, as done alone."""
    old = {name: before[name] for name in different}
    kept = {} if sign_in or not environment.secret.fresh else {"secret": environment.secret.bound()}
    unknown = {"sign_in_kinds": None} if "url" in different else {}
    guarded = {"protected"} if {"tier", "url", "approvals_needed"} & different.keys() else set()
    expected = {name: before[name] for name in {*old, *kept, *guarded}}
    try:
        with transaction.atomic():
            if different:
                _change(environment, expected, different | kept | unknown)
            if different and not noted:
                record(actor=actor, action="environment.edit", target=environment, before=old, after=different)
            if sign_in:
                _store_sign_in(actor, environment, before | different, sign_in)
    except IntegrityError:
        refuse_taken(actor, environment)
        raise


def _store_sign_in(
    actor: User, environment: Environment, before: dict[str, Any], sign_in: SignIn, **found: Any
) -> None:
    """For the address that it was given for, and not for one that somebody has put in its place meanwhile."""
    secret = environment.secret.bound()
    account = {"username": sign_in.username, "provider": sign_in.provider}
    old = {name: before[name] for name in account}
    _change(environment, {"url": before["url"], **old}, {**account, "secret": secret, **found})
    record(actor=actor, action="environment.update_credentials", target=environment, before=old, after=account)


def _change(environment: Environment, old: dict[str, Any], new: dict[str, Any]) -> None:
    if not compare_and_set(environment, expected=old, **new):
        raise Conflict(messages.CHANGED_MEANWHILE.format(environment=environment))
