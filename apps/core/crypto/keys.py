# [DEF:core.crypto.keys:Module]
# @COMPLEXITY: 2
# @PURPOSE: The random keys of an installation, kept in its data directory. Read by the settings, so independent of
#   them.
"""A key file is written once, atomically: of several processes that start together, one wins and all read its key."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

SECRET_KEY_FILE = "secret_key"  # noqa: S105 - a file name
ENCRYPTION_KEY_FILE = "encryption_key"
AUDIT_KEY_FILE = "audit_key"

SHORTEST_AUDIT_KEY = 32
"""Characters of a key that a person chose."""

OTHERS, WORLD_WRITES = 0o077, 0o002


def prepare_directory(directory: Path) -> None:
    """Create the directory for its owner only; an existing one stays as it is."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"The data directory “{directory}” cannot be created ({error.strerror}). Set LOCKSTEP_DATA_DIR to one that "
            "this user may write to."
        ) from None


def secret_key(directory: Path) -> str:
    """Django's SECRET_KEY, created at the first start. Losing it only signs everybody out."""
    return _read_or_create(directory / SECRET_KEY_FILE, lambda: secrets.token_urlsafe(50))[0]


def encryption_keys(directory: Path, *, database_exists: Callable[[], bool]) -> list[str]:
    """The keys for credentials, newest first. Created at the first start; a lost key is never silently replaced."""
    path = directory / ENCRYPTION_KEY_FILE
    # Checked twice: a process that starts beside this one writes the key first and the database second.
    if not path.exists() and database_exists() and not path.exists():
        raise ImproperlyConfigured(
            f"The database exists but its encryption key “{path}” does not. Restore the key file from the backup or "
            "set LOCKSTEP_ENCRYPTION_KEY; without it the stored credentials cannot be decrypted."
        )
    return checked_keys(str(path), _read_or_create(path, new_encryption_key))


def audit_keys(directory: Path) -> list[str]:
    """The keys of the audit, newest first, created at the first start. Entries that a lost key sealed cannot be
    verified."""
    path = directory / AUDIT_KEY_FILE
    return checked_audit_keys(f"The key file “{path}”", _read_or_create(path, new_audit_key))


def new_audit_key() -> str:
    return secrets.token_hex(32)


def checked_audit_keys(source: str, keys: Sequence[str]) -> list[str]:
    """The same keys. ImproperlyConfigured, without their value, if one is short enough to be guessed."""
    if any(len(key) < SHORTEST_AUDIT_KEY for key in keys):
        raise ImproperlyConfigured(
            f"{source} has a key of fewer than {SHORTEST_AUDIT_KEY} characters. Create one with "
            "`python -c 'import secrets; print(secrets.token_hex(32))'`."
        )
    return list(keys)


def replace_audit_keys(directory: Path, keys: Sequence[str]) -> None:
    """Store these keys, newest first, in one step."""
    path = directory / AUDIT_KEY_FILE
    _write_draft(path, keys).replace(path)


def refuse_exposed(path: Path) -> None:
    """ImproperlyConfigured if others than its owner can read or replace the file.

    A file that belongs to another user was provided by the operator of the machine (a mounted secret), who decides who
    may read it; but nobody else may change it.
    """
    try:
        facts, directory = path.stat(), path.parent.stat()
    except OSError:
        return  # reading it says why
    exposed = OTHERS if facts.st_uid == os.geteuid() else 0o022
    if facts.st_mode & exposed:
        can = "change" if facts.st_mode & 0o022 else "read"
        raise ImproperlyConfigured(
            f"Other users can {can} the key file “{path}” (mode {facts.st_mode & 0o777:03o}). Run `chmod 600 {path}`, "
            "and replace the key if somebody may have read or changed it."
        )
    if directory.st_mode & WORLD_WRITES:
        raise ImproperlyConfigured(
            f"Everybody can replace the key file “{path}” because its directory is world-writable. Run "
            f"`chmod o-w {path.parent}`, or move the file."
        )


def new_encryption_key() -> str:
    return Fernet.generate_key().decode()


def checked_keys(source: str, keys: Sequence[str]) -> list[str]:
    """The same keys. ImproperlyConfigured, without their value, if one is not a Fernet key."""
    for key in keys:
        try:
            Fernet(key)
        except ValueError:
            raise ImproperlyConfigured(
                f"{source} has no valid encryption key (32 bytes in URL-safe base64). Put the right one there, "
                "or create a first one with `python -c 'from cryptography.fernet import Fernet as F; "
                "print(F.generate_key().decode())'`."
            ) from None
    return list(keys)


def replace_encryption_keys(directory: Path, keys: Sequence[str]) -> None:
    """Store these keys, newest first, in one step: a reader of the file sees either the old or the new ones."""
    path = directory / ENCRYPTION_KEY_FILE
    draft = _write_draft(path, keys)
    draft.replace(path)


def _read_or_create(path: Path, make: Callable[[], str]) -> list[str]:
    if not path.exists():
        prepare_directory(path.parent)
        _create(path, make())
    refuse_exposed(path)
    try:
        lines = path.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ImproperlyConfigured(
            f"The key file “{path}” cannot be read ({reason}). Correct its permissions."
        ) from None
    if not lines:
        raise ImproperlyConfigured(f"The key file “{path}” is empty. Restore it from the backup.")
    return lines


def _create(path: Path, key: str) -> None:
    """Write the file unless another process just did. `link` refuses an existing name, so nobody reads half a file."""
    draft = _write_draft(path, [key])
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _write_draft(path: Path, lines: Sequence[str]) -> Path:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise ImproperlyConfigured(
            f"The key file “{path}” cannot be written ({error.strerror}). Set LOCKSTEP_DATA_DIR to a directory that "
            "this user may write to."
        ) from None
    return draft
