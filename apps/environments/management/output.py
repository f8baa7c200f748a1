# [DEF:environments.management.output:Module]
# @COMPLEXITY: 3
# @PURPOSE: Environments, and requests to lower their protection, as the commands print them.
# @RELATION DEPENDS_ON -> core.management.output
# @RELATION DEPENDS_ON -> environments.models
# @RELATION CALLS -> environments.protection

from __future__ import annotations

from typing import Any

from apps.core.errors import readable
from apps.core.management.output import PENDING, Output
from apps.core.management.program import program
from apps.environments.management import messages
from apps.environments.models import Environment, ProtectionRequest
from apps.environments.protection import waiting_sentence
from apps.environments.services.dependents import removed_with


def request_data(request: ProtectionRequest) -> dict[str, Any]:
    return {
        "environment": request.environment_name,
        "changes": "remove" if request.removes else request.after,
        "sign_in": request.sign_in,
        "reason": request.reason,
        "requested_by": request.requested_by.username,
        "expires": request.expires.isoformat(),
        "state": request.state,
    }


def waiting_output(environment: Environment, request: ProtectionRequest) -> Output:
    step = messages.HOW_TO_CONFIRM.format(environment=environment, program=program())
    return Output(request_data(request), f"{waiting_sentence(request)} {step}", exit_code=PENDING)


def environment_data(environment: Environment) -> dict[str, Any]:
    contact = environment.last_contact
    return {
        **environment.facts(),
        "state": environment.state,
        "release": environment.release,
        "last_contact": contact.isoformat() if contact else None,
        "last_error": readable(environment.last_error),
        "sign_in_kinds": environment.sign_in_kinds,
    }


def row_of(environment: Environment) -> tuple[str, ...]:
    contact = environment.last_contact
    return (
        environment.name,
        environment.tier + (", protected" if environment.protected else ""),
        environment.url,
        environment.username or environment.provider,
        environment.release or "-",
        environment.state,
        f"{contact:%Y-%m-%d %H:%M}" if contact else "-",
    )


def hanging_on(environment: Environment) -> str:
    """What is removed with it, counted."""
    counts = ", ".join(f"{number} {what}" for what, number in removed_with(environment).items())
    return messages.AND_HANGING.format(counts=counts) if counts else ""
