# [DEF:instance.keys:Module]
# @COMPLEXITY: 3
# @PURPOSE: The keys of an instance in its archive: which are needed, and carrying them, in the open or encrypted.
# @RELATION DEPENDS_ON -> core.crypto.keys
# @RELATION DEPENDS_ON -> audit.seals
# @RELATION DEPENDS_ON -> core.errors
"""A key is named by a fingerprint, which reveals nothing of it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from apps.audit import seals
from apps.core.advice import advise
from apps.core.crypto import keys
from apps.core.crypto.encryption import BOUND
from apps.core.errors import LockstepError
from apps.instance import messages

TOKEN = re.compile(rf"(?:{re.escape(BOUND)})?(gAAAA[\w-]{{60,}}={{0,2}})\Z")
"""A stored secret: a token of Fernet."""

COST, BLOCK = 2**15, 8
"""Of scrypt: 32 MB of memory and a tenth of a second for each passphrase that somebody tries."""

ENCRYPTION, AUDIT = "encryption", "audit"


@dataclass(frozen=True, slots=True)
class Carried:
    """Keys in an archive, newest first. Those that the settings provide are never among them."""

    encryption: tuple[str, ...] = ()
    audit: tuple[str, ...] = ()


@dataclass(slots=True)
class Needed:
    """The fingerprints of the keys that a database needs, and how many secrets no key of its instance opens."""

    encryption: set[str] = field(default_factory=set)
    audit: set[str] = field(default_factory=set)
    unknown: int = 0

    def note(self, row: Mapping[str, Any]) -> None:
        """Look at one row of any table."""
        for name, value in row.items():
            if name in ("mark", "hash") and isinstance(value, str) and "." in value:
                self.audit.add(seals.key_of(value))
            elif name.startswith("secret") and isinstance(value, str) and (found := TOKEN.match(value)):
                self._note_secret(found[1])

    def _note_secret(self, token: str) -> None:
        for key in settings.ENCRYPTION_KEYS:
            try:
                Fernet(key).decrypt(token.encode())
            except InvalidToken:
                continue
            self.encryption.add(fingerprint(key))
            return
        self.unknown += 1

    def data(self) -> dict[str, list[str]]:
        return {ENCRYPTION: sorted(self.encryption), AUDIT: sorted(self.audit)}


def fingerprint(key: str) -> str:
    """The name of an encryption key. Those of the audit have their own: `seals.name_of`."""
    return hashlib.sha256(b"name of an encryption key\0" + key.encode()).hexdigest()[:8]


def carried() -> Carried:
    """The keys in the data directory."""
    return Carried(
        () if settings.ENCRYPTION_KEY_FROM_ENVIRONMENT else tuple(settings.ENCRYPTION_KEYS),
        () if settings.AUDIT_KEY_FROM_ENVIRONMENT else tuple(settings.AUDIT_KEYS),
    )


def missing(needed: Mapping[str, Sequence[str]], has: Carried) -> dict[str, list[str]]:
    """Of the needed keys, those that neither these settings nor the archive have."""
    encryption = {fingerprint(key) for key in (*settings.ENCRYPTION_KEYS, *has.encryption)}
    audit = {seals.name_of(key) for key in (*settings.AUDIT_KEYS, *has.audit)}
    # What the settings provide is not replaced: a key of the archive would be stored where nobody reads it
    if settings.ENCRYPTION_KEY_FROM_ENVIRONMENT:
        encryption = {fingerprint(key) for key in settings.ENCRYPTION_KEYS}
    if settings.AUDIT_KEY_FROM_ENVIRONMENT:
        audit = {seals.name_of(key) for key in settings.AUDIT_KEYS}
    lacking = {
        ENCRYPTION: [name for name in needed.get(ENCRYPTION, ()) if name not in encryption],
        AUDIT: [name for name in needed.get(AUDIT, ()) if name not in audit],
    }
    return {kind: names for kind, names in lacking.items() if names}


def install(has: Carried) -> None:
    """Put the keys of an archive before those of the data directory. Nothing that was stored becomes unreadable."""
    directory = Path(settings.DATA_DIR)
    if has.encryption and not settings.ENCRYPTION_KEY_FROM_ENVIRONMENT:
        settings.ENCRYPTION_KEYS = _joined(has.encryption, settings.ENCRYPTION_KEYS)
        keys.replace_encryption_keys(directory, settings.ENCRYPTION_KEYS)
    if has.audit and not settings.AUDIT_KEY_FROM_ENVIRONMENT:
        settings.AUDIT_KEYS = _joined(has.audit, settings.AUDIT_KEYS)
        keys.replace_audit_keys(directory, settings.AUDIT_KEYS)


def packed(has: Carried, passphrase: str = "") -> bytes:
    """As they are in an archive; encrypted if there is a passphrase."""
    plain = json.dumps({ENCRYPTION: has.encryption, AUDIT: has.audit}).encode()
    if not passphrase:
        return plain
    salt = os.urandom(16)
    token = Fernet(_derived(passphrase, salt)).encrypt(plain).decode()
    return json.dumps({"scrypt": [COST, BLOCK, 1], "salt": salt.hex(), "token": token}).encode()


def unpacked(content: bytes, passphrase: str = "") -> Carried:
    """LockstepError if it takes a passphrase, or another one."""
    found = json.loads(content)
    if "token" in found:
        if not passphrase:
            raise LockstepError(messages.PASSPHRASE_MISSING, advice=advise("instance.passphrase"))
        try:
            plain = Fernet(_derived(passphrase, bytes.fromhex(found["salt"]))).decrypt(found["token"].encode())
        except InvalidToken:
            raise LockstepError(messages.PASSPHRASE_WRONG, advice=advise("instance.passphrase")) from None
        found = json.loads(plain)
    return Carried(
        tuple(keys.checked_keys("The archive", found[ENCRYPTION])),
        tuple(keys.checked_audit_keys("The archive", found[AUDIT])),
    )


def _derived(passphrase: str, salt: bytes) -> bytes:
    made = hashlib.scrypt(passphrase.encode(), salt=salt, n=COST, r=BLOCK, p=1, maxmem=2**26, dklen=32)
    return base64.urlsafe_b64encode(made)


def _joined(first: Iterable[str], second: Iterable[str]) -> list[str]:
    return list(dict.fromkeys((*first, *second)))
