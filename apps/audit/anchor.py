# [DEF:audit.anchor:Module]
# @COMPLEXITY: 3
# @PURPOSE: Rewriting the head of the audit, and rotating its key. Both are done by a person and recorded.
# @RELATION CALLS -> audit.head
# @RELATION CALLS -> audit.services
# @RELATION DEPENDS_ON -> core.crypto.keys

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from apps.audit import chain, head, messages, seals
from apps.audit.chain import Link
from apps.audit.services import record
from apps.core.crypto import keys
from apps.core.errors import LockstepError


def anchor(*, actor: AbstractBaseUser, reason: str) -> Link:
    """Accept the chain in the table as the right one, after a restore or the loss of the head. The audit entry has the
    previous head."""
    if not reason.strip():
        raise LockstepError(messages.REASON_REQUIRED)
    before = {str(each.file): str(each.link) if each.link else None for each in head.heads()}
    with transaction.atomic():
        record(actor=actor, action="audit.anchor", target=actor, before=before, after={"reason": reason})
    chain.seal()
    link = chain.end()
    try:
        head.place(link)
    except OSError as error:
        raise LockstepError(messages.HEAD_NOT_WRITTEN.format(reason=error.strerror or error)) from None
    return link


def rotate_key(*, actor: AbstractBaseUser) -> str:
    """Create a new key in the data directory and return its name. Older keys stay, to verify with."""
    if settings.AUDIT_KEY_FROM_ENVIRONMENT:
        raise LockstepError(messages.KEY_IN_ENVIRONMENT)
    new = [keys.new_audit_key(), *settings.AUDIT_KEYS]
    keys.replace_audit_keys(Path(settings.DATA_DIR), new)
    settings.AUDIT_KEYS = new
    name = seals.name_of(new[0])
    with transaction.atomic():
        record(actor=actor, action="audit.rotate_key", target=actor, after={"key": name})
    return name
