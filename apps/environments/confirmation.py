# [DEF:environments.confirmation:Module]
# @COMPLEXITY: 3
# @PURPOSE: Confirming what lowers the protection of an environment, and doing it then.
# @RELATION CALLS -> environments.services.edits
# @RELATION CALLS -> environments.protection
# @RELATION DEPENDS_ON -> core.concurrency
# @RELATION CALLS -> audit.services
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from django.db import transaction

from apps.audit.services import record
from apps.core.concurrency import locked
from apps.environments.models import Environment, ProtectionRequest, RequestState
from apps.environments.protection import pending_or_refuse, require_confirmable
from apps.environments.services import edits, registration
from apps.environments.services.protection_requests import decide
from apps.environments.services.sign_in import SignIn
from apps.users.models import User


def confirm(*, actor: User, environment: Environment) -> ProtectionRequest:
    """Conflict if the environment is not what it was when somebody asked."""
    with transaction.atomic():
        environment = locked(environment)
        request = pending_or_refuse(environment)
        require_confirmable(actor, environment)
        sign_in = _sign_in_of(request)
        facts = {"requested_by": request.requested_by.username, "reason": request.reason}
        decide(request, actor, RequestState.CONFIRMED)
        record(actor=actor, action="environment.protection.confirm", target=environment, after=facts)
        if request.removes:
            registration.remove_now(actor=actor, environment=environment)
        else:
            edits.edit_as_asked(actor=actor, environment=environment, request=request, sign_in=sign_in)
    return request


def _sign_in_of(request: ProtectionRequest) -> SignIn | None:
    if request.sign_in is None or request.secret is None:
        return None
    return SignIn(request.secret.reveal(), **request.sign_in)
