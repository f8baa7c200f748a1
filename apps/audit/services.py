# [DEF:audit.services:Module]
# @COMPLEXITY: 3
# @PURPOSE: The only writer of audit entries.
# @RELATION DEPENDS_ON -> audit.models
# @RELATION CALLS -> contracts.belief
"""The only writer of audit entries."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models, transaction

from apps.audit import chain, surface
from apps.audit.models import AuditEntry
from apps.contracts.belief import without_secrets

Facts = Mapping[str, Any]


def record(
    *,
    actor: AbstractBaseUser | None,
    action: str,
    target: models.Model,
    before: Facts | None = None,
    after: Facts | None = None,
    source: str | None = None,
) -> AuditEntry:
    """Write one entry; call it inside the transaction of the change it tells of. Secrets are hidden by their name.

    The source is the surface that the work came through, unless it is given. The entry is sealed after the commit.
    """
    origin = surface.present()
    source = source or origin.surface
    with transaction.atomic(savepoint=False):  # so that there is a commit after the entry, whoever calls
        transaction.on_commit(chain.seal, robust=True)
        return AuditEntry.objects.create(
            actor_id=actor.pk if actor else None,
            os_user=os_user() if source == surface.COMMAND else "",
            source=source,
            address=origin.address,
            request_id=origin.request_id,
            action=action,
            object_type=target._meta.label_lower,  # noqa: SLF001 - Django's documented model API
            object_id=str(target.pk),
            object_name=str(target)[:500],
            before=without_secrets(before),
            after=without_secrets(after),
        )


def os_user() -> str:
    """The account that runs this process, by the system's own word and not by an environment variable."""
    user_id = os.getuid()
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:  # a container with a user that has no name
        return str(user_id)
