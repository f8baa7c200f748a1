# [DEF:environments.services:Module]
# @COMPLEXITY: 3
# @PURPOSE: What can be done with environments. Each service checks, changes, and records who did it.
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> superset.http.url
# @RELATION DEPENDS_ON -> core.concurrency
# @RELATION CALLS -> environments.protection
# @RELATION DEPENDS_ON -> audit.services

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, QuerySet
from django.utils import timezone
from django.utils.text import slugify

from apps.audit.services import record
from apps.core.advice import advise
from apps.core.concurrency import compare_and_set, locked
from apps.core.crypto.encryption import Secret
from apps.core.errors import Conflict, NotThere, worded
from apps.environments import messages
from apps.environments.connections import as_tried, open_client
from apps.environments.errors import refuse_invalid, refuse_other_server
from apps.environments.models import Environment, ProtectionRequest, Provider, RequestState, Tier
from apps.environments.policies import EDIT, require_removable
from apps.environments.protection import ask, decline_rest, edit_waits, lowers
from apps.superset.errors import Cancelled, NotConfigured, SupersetError
from apps.superset.http.url import base_url, place
from apps.superset.protocol import Reporter
from apps.users.models import User
from apps.users.policies import require

CONTACT = ("release", "last_contact", "last_error")
"""What a connection check finds out."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """How Lockstep signs in: the account's name and password, or a ready token."""

    secret: str = field(repr=False)
    username: str = ""
    provider: str = Provider.DB.value


def get_environment(name: str, *, user: User | None = None) -> Environment:
    """By name or slug, in any letter case; NotThere names those that exist. With a user, of those they may see."""
    seen = Environment.objects.visible_to(user) if user else Environment.objects.all()
    environment = seen.filter(name__iexact=name).first() or seen.filter(slug__iexact=name).first()
    if environment is None:
        raise _not_there(name, list(seen.values_list("name", flat=True)[:20]))
    return environment


def _not_there(name: str, known: list[str]) -> NotThere:
    message = messages.NO_ENVIRONMENT.format(name=name)
    if not known:
        return NotThere(message, advice=advise("environments.add"))
    return NotThere(f"{message} {messages.KNOWN.format(names=', '.join(known))}")


def add_environment(  # noqa: PLR0913 - each is a fact of the environment
    *,
    actor: User,
    name: str,
    url: str,
    sign_in: SignIn,
    tier: str = Tier.OTHER,
    protected: bool = False,
    approvals_needed: int = 1,
    check_queries: bool = False,
    ca_bundle: str = "",
    check: bool = True,
) -> Environment:
    """Store a new environment. With `check`, only one that answers and lets us in: else its error is raised."""
    environment = Environment(
        name=name.strip(),
        slug=slugify(name, allow_unicode=True),
        url=_address(name, url),
        tier=tier,
        protected=protected,
        approvals_needed=approvals_needed,
        check_queries=check_queries,
        ca_bundle=_absolute(ca_bundle),
    )
    _sign_in_with(environment, sign_in)
    refuse_invalid(environment)
    require(actor, EDIT, environment)
    _refuse_taken(actor, environment)
    if check:
        _contact(environment)
    try:
        with transaction.atomic():
            environment.save(force_insert=True)
            record(actor=actor, action="environment.add", target=environment, after=environment.facts())
    except IntegrityError:
        _refuse_taken(actor, environment)
        raise
    return environment


def check_connection(environment: Environment, *, reporter: Reporter | None = None) -> Environment:
    """Test the connection and the account, and store the outcome. Raises what went wrong, stored too."""
    try:
        _contact(environment, reporter)
    except Cancelled:
        raise
    except SupersetError as error:
        environment.last_error = {**error.to_json(), "sentence": worded(error), "at": timezone.now().isoformat()}
        raise
    finally:
        as_tried(environment).update(**{name: getattr(environment, name) for name in CONTACT})
    return environment


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
        changes["url"] = _address(environment.name, changes["url"])
    if "ca_bundle" in changes:
        changes["ca_bundle"] = _absolute(changes["ca_bundle"])
    different = {name: value for name, value in changes.items() if before[name] != value}
    _change_in_hand(environment, different, sign_in)
    refuse_invalid(environment)
    require(actor, EDIT, environment)
    _refuse_taken(actor, environment)
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
    _refuse_taken(actor, environment)
    _store_edit(actor, environment, before, request.after, sign_in)


def update_credentials(*, actor: User, environment: Environment, sign_in: SignIn, check: bool = True) -> None:
    """Replace how Lockstep signs in; with `check`, only by what the environment accepts."""
    require(actor, EDIT, environment)
    before = environment.facts()
    _sign_in_with(environment, sign_in)
    refuse_invalid(environment)
    if check:
        _contact(environment)
    found = {name: getattr(environment, name) for name in (CONTACT if check else ())}
    with transaction.atomic():
        _store_sign_in(actor, environment, before, sign_in, **found)


def remove_environment(*, actor: User, environment: Environment, reason: str = "") -> ProtectionRequest | None:
    """Forget it. Whatever is to work there holds its row while it is stored, so nothing begins in between.

    Of a protected one, returns what waits for another to confirm it, if there is somebody.
    """
    require(actor, EDIT, environment)
    try:
        with transaction.atomic():
            stored = locked(environment)
            require_removable(actor, stored)
            if stored.protected:
                request = ask(actor=actor, environment=stored, places=(stored,), reason=reason, removes=True)
                if request.state == RequestState.PENDING:
                    return request
            remove_now(actor=actor, environment=environment)
    except ProtectedError:  # something that names it was stored in this moment
        require_removable(actor, environment)
        raise
    return None


def remove_now(*, actor: User, environment: Environment) -> None:
    """In the transaction of the caller, who has checked the request."""
    require_removable(actor, environment)
    decline_rest(actor=actor, environment=environment)
    record(actor=actor, action="environment.remove", target=environment, before=environment.facts())
    environment.delete()


def _change_in_hand(environment: Environment, different: dict[str, Any], sign_in: SignIn | None) -> None:
    """The stored secret is for the address that it was given for: one that stays is bound to the new one."""
    text = environment.secret.reveal() if "url" in different and sign_in is None else None
    for name, value in different.items():
        setattr(environment, name, value)
    if sign_in:
        _sign_in_with(environment, sign_in)
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
    guarded = {"protected"} if {"tier", "url", "approvals_needed"} & different.keys() else set()
    expected = {name: before[name] for name in {*old, *kept, *guarded}}
    try:
        with transaction.atomic():
            if different:
                _change(environment, expected, different | kept)
            if different and not noted:
                record(actor=actor, action="environment.edit", target=environment, before=old, after=different)
            if sign_in:
                _store_sign_in(actor, environment, before | different, sign_in)
    except IntegrityError:
        _refuse_taken(actor, environment)
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


def _contact(environment: Environment, reporter: Reporter | None = None) -> None:
    client = open_client(environment, reporter=reporter)
    try:
        environment.release = client.release().version
        client.whoami()
    finally:
        client.close()
    environment.last_contact = timezone.now()
    environment.last_error = None


def _sign_in_with(environment: Environment, sign_in: SignIn) -> None:
    environment.username = sign_in.username
    environment.provider = sign_in.provider
    environment.secret = Secret.of(sign_in.secret)


def _address(name: str, url: str) -> str:
    try:
        return base_url(url)
    except NotConfigured as error:
        error.environment = name
        raise


def _refuse_taken(actor: User, environment: Environment) -> None:
    others = Environment.objects.exclude(pk=environment.pk)
    lookups: list[tuple[object, dict[str, Any]]] = [
        (messages.NAME, {"name__iexact": environment.name}),
        (messages.SHORT_NAME, {"slug": environment.slug}),
    ]
    taken = [(what, others.filter(**lookup).first()) for what, lookup in lookups]
    for what, other in (*taken, (messages.ADDRESS, _at_the_same_place(environment, others))):
        if other:
            seen = Environment.objects.visible_to(actor).filter(pk=other.pk).exists()
            named = messages.THE_ENVIRONMENT.format(name=other, url=other.url) if seen else messages.ANOTHER_ENVIRONMENT
            raise Conflict(messages.CHOOSE_ANOTHER.format(other=named, what=what))


def _at_the_same_place(environment: Environment, others: QuerySet[Environment]) -> Environment | None:
    """However its address is written: two environments of one server would not know of each other's runs. One that was
    stored so before stays editable."""
    if Environment.objects.filter(pk=environment.pk, url=environment.url).exists():
        return None
    return next((other for other in others if place(other.url) == place(environment.url)), None)


def _absolute(path: str) -> str:
    return str(Path(path).expanduser().resolve()) if path else ""
