# [DEF:audit.services:Module]
# @COMPLEXITY: 3
# @PURPOSE: The only writer of audit entries.
# @RELATION DEPENDS_ON -> audit.models
# @RELATION DEPENDS_ON -> audit.seals
# @RELATION DEPENDS_ON -> audit.sealer
# @RELATION CALLS -> contracts.belief

from __future__ import annotations

import json
import logging
import os
import pwd
import secrets
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import Error, models, transaction
from django.utils import timezone

from apps.audit import sealer, seals
from apps.audit.models import AuditEntry
from apps.audit.origin import COMMAND, current_origin
from apps.contracts.belief import without_secrets

logger = logging.getLogger(__name__)

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
    """Write one entry. Call it inside the transaction of the change. Secrets are hidden by their name.

    The source defaults to the surface of the current origin. The entry is sealed after the commit.
    """
    origin = current_origin()
    source = source or origin.surface
    with transaction.atomic(savepoint=False):  # so that a commit follows the entry in any case
        transaction.on_commit(_seal, robust=True)
        entry = AuditEntry(
            at=timezone.now(),
            nonce=secrets.token_hex(16),
            actor_id=actor.pk if actor else None,
            os_user=os_user() if source == COMMAND else "",
            source=source,
            address=origin.address,
            request_id=origin.request_id,
            action=action,
            object_type=target._meta.label_lower,  # noqa: SLF001 - Django's documented model API
            object_id=str(target.pk),
            object_name=str(target)[:500],
            before=_as_stored(before),
            after=_as_stored(after),
        )
        entry.mark = seals.of_entry(entry)
        entry.save(force_insert=True)
        return entry


def _seal() -> None:
    """A database that is unavailable or full does not prevent the change: the worker seals the entry later."""
    try:
        sealer.seal(or_leave_it=True)
    except Error as error:
        logger.warning("entries of the audit are not sealed yet: %s", error)


def _as_stored(facts: Facts | None) -> Any:
    """Without secrets, and exactly as it will be read back, because the mark covers it."""
    return json.loads(json.dumps(without_secrets(facts)))


def os_user() -> str:
    """The account that runs this process, according to the system and not to an environment variable."""
    user_id = os.getuid()
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:  # a container whose user has no name
        return str(user_id)
