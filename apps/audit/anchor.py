# [DEF:audit.anchor:Module]
# @COMPLEXITY: 3
# @PURPOSE: Writing the head of the audit anew, and sealing with a new key: acts of a person, kept in the audit.
# @RELATION CALLS -> audit.head
# @RELATION CALLS -> audit.services
# @RELATION DEPENDS_ON -> core.crypto.keys

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from apps.audit import chain, head, seals
from apps.audit.chain import Link
from apps.audit.services import record
from apps.core.crypto import keys
from apps.core.errors import LockstepError


def anchor(*, actor: AbstractBaseUser, reason: str) -> Link:
    """Take the chain as it is in the table for the right one: after a restore, or where the head was lost. What the
    head was is in the entry about it."""
    if not reason.strip():
        raise LockstepError("Writing the head of the audit anew takes a reason.")
    before = {str(each.file): str(each.link) if each.link else None for each in head.heads()}
    with transaction.atomic():
        record(actor=actor, action="audit.anchor", target=actor, before=before, after={"reason": reason})
    chain.seal()
    link = chain.end()
    try:
        head.place(link)
    except OSError as error:
        raise LockstepError(f"The head of the audit cannot be written ({error.strerror or error}).") from None
    return link


def rotate_key(*, actor: AbstractBaseUser) -> str:
    """A new key in the data directory; the name of it. Older ones stay, to verify with."""
    if settings.AUDIT_KEY_FROM_ENVIRONMENT:
        raise LockstepError(
            "The key of the audit is in LOCKSTEP_AUDIT_KEY: put a new one there, and the old one into "
            "LOCKSTEP_AUDIT_KEYS_OLD, and restart what runs."
        )
    new = [keys.new_audit_key(), *settings.AUDIT_KEYS]
    keys.replace_audit_keys(Path(settings.DATA_DIR), new)
    settings.AUDIT_KEYS = new
    name = seals.name_of(new[0])
    with transaction.atomic():
        record(actor=actor, action="audit.rotate_key", target=actor, after={"key": name})
    return name
