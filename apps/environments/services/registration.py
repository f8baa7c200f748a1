# [DEF:environments.services.registration:Module]
# @COMPLEXITY: 3
# @PURPOSE: Adds environments and removes them.
# @RELATION CALLS -> environments.services.protection_requests
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.concurrency
# @RELATION DEPENDS_ON -> audit.services

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.text import slugify

from apps.audit.services import record
from apps.core.concurrency import locked
from apps.environments.errors import refuse_invalid
from apps.environments.models import Environment, ProtectionRequest, RequestState, Tier
from apps.environments.policies import EDIT, require_removable
from apps.environments.services.connection import contact
from apps.environments.services.identity import absolute_path, normal_address, refuse_taken
from apps.environments.services.protection_requests import ask, decline_rest
from apps.environments.services.sign_in import SignIn, sign_in_with
from apps.users.models import User
from apps.users.policies import require


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
        url=normal_address(name, url),
        tier=tier,
        protected=protected,
        approvals_needed=approvals_needed,
        check_queries=check_queries,
        ca_bundle=absolute_path(ca_bundle),
    )
    sign_in_with(environment, sign_in)
    refuse_invalid(environment)
    require(actor, EDIT, environment)
    refuse_taken(actor, environment)
    if check:
        contact(environment)
    try:
        with transaction.atomic():
            environment.save(force_insert=True)
            record(actor=actor, action="environment.add", target=environment, after=environment.facts())
    except IntegrityError:
        refuse_taken(actor, environment)
        raise
    return environment


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
