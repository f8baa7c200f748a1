# [DEF:environments.key_rotation:Module]
# @COMPLEXITY: 3
# @PURPOSE: Changing the encryption key of the installation.
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> environments.policies
# @RELATION DEPENDS_ON -> core.crypto.keys
# @RELATION DEPENDS_ON -> audit.services

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from apps.audit.services import record
from apps.core.crypto import keys
from apps.core.crypto.rotation import reencrypt
from apps.environments.policies import EDIT
from apps.users.models import User
from apps.users.policies import require


@dataclass(frozen=True, slots=True)
class Rotated:
    """How many credentials were encrypted anew, and what is left to do."""

    credentials: int
    advice: str


def rotate_encryption_key(*, actor: User, drop_old: bool = False) -> Rotated:
    """Encrypt all credentials with a new key.

    A key in the data directory is made here, and stored before anything is encrypted with it, so that a crash at any
    point leaves every credential readable. A key from the environment was set there already.
    """
    require(actor, EDIT)
    if settings.ENCRYPTION_KEY_FROM_ENVIRONMENT:
        count = _reencrypt(actor, settings.ENCRYPTION_KEYS)
        return Rotated(count, "LOCKSTEP_ENCRYPTION_KEYS_OLD is needed no longer: unset it and restart.")
    directory = Path(settings.DATA_DIR)
    new = [keys.new_encryption_key(), *settings.ENCRYPTION_KEYS]
    keys.replace_encryption_keys(directory, new)
    count = _reencrypt(actor, new)
    if drop_old:
        keys.replace_encryption_keys(directory, new[:1])
        return Rotated(count, "The old key is forgotten: restart what runs, and back up the new key file.")
    return Rotated(count, "The old key is kept for backups: restart what runs, and back up the key file.")


def _reencrypt(actor: User, new: list[str]) -> int:
    with transaction.atomic():
        count = reencrypt(new)
        record(actor=actor, action="encryption_key.rotate", target=actor, after={"values": count})
    return count
