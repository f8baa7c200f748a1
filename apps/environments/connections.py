# [DEF:environments.connections:Module]
# @COMPLEXITY: 3
# @PURPOSE: The one way from an environment to a client that talks to it.
# @RELATION CALLS -> superset.remote.client
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> core.concurrency

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from contextvars import ContextVar
from functools import partial
from types import MappingProxyType

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from apps.core.advice import advise
from apps.core.concurrency import write_if_possible
from apps.core.errors import Damaged, LockstepError, Misplaced
from apps.environments import messages
from apps.environments.models import Environment, Provider
from apps.superset.http.auth import AccessToken, Credentials, PasswordLogin
from apps.superset.http.limits import Timeouts
from apps.superset.http.pace import Pace
from apps.superset.protocol import Reporter, Silent
from apps.superset.remote.client import SupersetClient

_given: ContextVar[Mapping[int, str]] = ContextVar("given secrets", default=MappingProxyType({}))


def open_client(environment: Environment, *, reporter: Reporter | None = None, rest: float = 0.0) -> SupersetClient:
    """A client for an enabled environment. Nothing is sent before its first method is called. It rests so many seconds
    before each read."""
    if not environment.enabled:
        raise LockstepError(
            messages.DISABLED.format(environment=environment),
            advice=advise("environments.enable", environment=environment),
        )
    return SupersetClient(
        environment.url,
        _credentials(environment),
        environment=environment.name,
        ca_bundle=environment.ca_bundle,
        reporter=reporter or Silent(),
        pace=Pace(rest=rest),
        timeouts=Timeouts.of(settings.RESPONSE_TIMEOUT),
    )


@contextmanager
def connected(
    environment: Environment, *, reporter: Reporter | None = None, rest: float = 0.0
) -> Iterator[SupersetClient]:
    """A client for as long as it is needed. If all goes well, that was the last contact."""
    with closing(open_client(environment, reporter=reporter, rest=rest)) as client:
        yield client
    write_if_possible(
        partial(_answered, environment), f"that “{environment}” answered"
    )  # what was done there counts for more


def _answered(environment: Environment) -> None:
    as_tried(environment).update(last_contact=timezone.now(), last_error=None)


def as_tried(environment: Environment) -> QuerySet[Environment]:
    """Its row, unless it was removed in the meantime, or is another Superset or account by now."""
    return Environment.objects.filter(pk=environment.pk, url=environment.url, secret=environment.secret)


@contextmanager
def signing_in_with(secrets: Mapping[int, str]) -> Iterator[None]:
    """Inside, the clients of these environments (by primary key) use these instead of what is stored."""
    token = _given.set(secrets)
    try:
        yield
    finally:
        _given.reset(token)


def has_usable_secret(environment: Environment) -> bool:
    """Whether what is stored can be read with the present encryption key. Misplaced if it is for another environment or
    address: then nobody should be prompted for it, either."""
    try:
        environment.secret.reveal()
    except Misplaced:
        raise
    except Damaged:
        return False
    return True


def _credentials(environment: Environment) -> Credentials:
    given = _given.get().get(environment.pk)
    secret = environment.secret.reveal() if given is None else given
    if environment.provider == Provider.TOKEN:
        return AccessToken(secret)
    return PasswordLogin(environment.username, secret, "ldap" if environment.provider == Provider.LDAP else "db")
