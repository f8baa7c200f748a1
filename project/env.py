# [DEF:project.env:Module]
# @COMPLEXITY: 3
# @PURPOSE: Strict readers of environment variables.
# @RELATION DEPENDS_ON -> core.crypto.keys
# @RELATION CALLS -> plugins.needs
"""Each reads a variable by name and raises ImproperlyConfigured with its name, what is wrong, and what to do. A
variable set to the empty string counts as not set. No message contains the value of a secret.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from apps.core.crypto import keys
from apps.plugins.needs import is_word

Default = TypeVar("Default", Path, None)

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
BUCKET = re.compile(
    r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>\w[\w.-]*(?:/\w[\w.-]*)*))?/?", re.ASCII
)
REDIS = re.compile(r"rediss?://(?:[^@/\s]*@)?[\w.\[\]:-]+(?:/\d{1,3})?", re.ASCII)
POSTGRES_OPTIONS = frozenset(
    {
        *("application_name", "connect_timeout", "host", "keepalives_idle", "options", "port", "service"),
        *("sslcert", "sslkey", "sslmode", "sslrootcert", "target_session_attrs"),
    }
)


def text(name: str, default: str = "", *, source: Mapping[str, str] = os.environ) -> str:
    return source.get(name, "").strip() or default


def boolean(name: str, *, default: bool, source: Mapping[str, str] = os.environ) -> bool:
    value = text(name, source=source).lower()
    if not value:
        return default
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} is “{value}”, which is neither yes nor no. Set it to 1 or 0.")


def integer(
    name: str,
    default: int,
    *,
    minimum: int | None = None,
    maximum: int | None = None,
    source: Mapping[str, str] = os.environ,
) -> int:
    value = text(name, source=source)
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is “{value}”, which is not a whole number.") from None
    if minimum is not None and number < minimum:
        raise ImproperlyConfigured(f"{name} is {number}, but must be at least {minimum}.")
    if maximum is not None and number > maximum:
        raise ImproperlyConfigured(f"{name} is {number}, but must be at most {maximum}.")
    return number


def words(name: str, default: tuple[str, ...] = (), *, source: Mapping[str, str] = os.environ) -> list[str]:
    """A list separated by commas; empty entries are left out."""
    value = text(name, source=source)
    return [word.strip() for word in value.split(",") if word.strip()] if value else list(default)


def slugs(name: str, *, most: int, source: Mapping[str, str] = os.environ) -> list[str]:
    """A list of short words of lowercase letters, digits and underscores."""
    found = words(name, source=source)
    if wrong := next((word for word in found if not is_word(word)), None):
        raise ImproperlyConfigured(
            f"{name} has the entry “{wrong}”. Write words of lowercase letters, digits and underscores, separated by "
            "commas."
        )
    if len(found) > most:
        raise ImproperlyConfigured(f"{name} has {len(found)} entries, but may have {most} at most.")
    return found


def pairs(name: str, *, source: Mapping[str, str] = os.environ) -> dict[str, str]:
    """`key=value` entries separated by commas."""
    entries = [word.partition("=") for word in words(name, source=source)]
    if wrong := next((key for key, equals, _ in entries if not (key and equals)), None):
        raise ImproperlyConfigured(f"{name} has the entry “{wrong}”. Write key=value, separated by commas.")
    return {key.strip(): value.strip() for key, _, value in entries}


def choice(name: str, default: str, known: Sequence[str], *, source: Mapping[str, str] = os.environ) -> str:
    """One of the known words, in any letter case."""
    value = text(name, default, source=source)
    for word in known:
        if word.casefold() == value.casefold():
            return word
    raise ImproperlyConfigured(f"{name} is “{value}”, which is not known. Set it to one of {', '.join(known)}.")


def path(name: str, default: Default, *, source: Mapping[str, str] = os.environ) -> Path | Default:
    """An absolute path; `~` is the home directory."""
    value = text(name, source=source)
    if not value:
        return default
    try:
        chosen = Path(value).expanduser()
    except RuntimeError:
        raise ImproperlyConfigured(f"{name} is “{value}”, whose home is unknown. Write the full path.") from None
    if not chosen.is_absolute():
        raise ImproperlyConfigured(f"{name} is “{value}”, which is not an absolute path. Start it with “/”.")
    return chosen


def secret(name: str, *, source: Mapping[str, str] = os.environ) -> str:
    """The value of NAME, or the content of the file that NAME_FILE names; the empty string if neither is set."""
    value, file_name = text(name, source=source), text(f"{name}_FILE", source=source)
    if value and file_name:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set. Unset one of them.")
    if not file_name:
        return value
    try:
        content = Path(file_name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ImproperlyConfigured(f"{name}_FILE names “{file_name}”, which cannot be read ({reason}).") from None
    if not content:
        raise ImproperlyConfigured(f"{name}_FILE names “{file_name}”, which is empty. Put the value into it.")
    return content


def long_secret(name: str, shortest: int, *, source: Mapping[str, str] = os.environ) -> str:
    """As `secret`, but nobody may guess it."""
    value = secret(name, source=source)
    if value and len(value) < shortest:
        raise ImproperlyConfigured(f"{name} can be guessed. Set it to at least {shortest} random characters.")
    return value


def require_private_files(*names: str, source: Mapping[str, str] = os.environ) -> None:
    """ImproperlyConfigured if others can read or replace a file that one of these NAME_FILE names."""
    for name in names:
        if file_name := text(f"{name}_FILE", source=source):
            keys.refuse_exposed(Path(file_name))


def secret_words(name: str, *, source: Mapping[str, str] = os.environ) -> list[str]:
    """A list of secrets separated by commas or white space."""
    return secret(name, source=source).replace(",", " ").split()


def web_address(name: str, *, source: Mapping[str, str] = os.environ) -> str:
    """An http or https URL without a slash at its end."""
    value = text(name, source=source).rstrip("/")
    try:
        url = urlsplit(value)
        fits = not value or (url.scheme in {"http", "https"} and bool(url.netloc))
    except ValueError:
        fits = False
    if not fits:
        raise ImproperlyConfigured(
            f"{name} is “{value}”, which is not a web address. Write https://lockstep.example.org."
        )
    return value


def bucket(name: str, *, source: Mapping[str, str] = os.environ) -> tuple[str, str] | None:
    """The bucket of s3://bucket/prefix, and the prefix; None if it is not set."""
    value = text(name, source=source)
    if not value:
        return None
    if not (found := BUCKET.fullmatch(value)):
        raise ImproperlyConfigured(
            f"{name} is “{value}”, which is not a place for files. Write s3://bucket or s3://bucket/prefix, or unset "
            "it for the data directory."
        )
    return found["bucket"], found["prefix"] or ""


def redis(name: str, *, source: Mapping[str, str] = os.environ) -> str:
    """The URL of a Redis (NAME or NAME_FILE); the empty string if it is not set."""
    value = secret(name, source=source)
    if value and not REDIS.fullmatch(value):
        raise ImproperlyConfigured(
            f"{name} is not the URL of a Redis. Write redis://:password@host:6379/0, or rediss:// with TLS, special "
            "characters percent-encoded; or unset it, and the database carries wake-ups."
        )
    return value


def database(name: str, *, source: Mapping[str, str] = os.environ) -> dict[str, Any] | None:
    """The entry for Django's DATABASES of a PostgreSQL URL (NAME or NAME_FILE); None if it is not set."""
    value = secret(name, source=source)
    if not value:
        return None
    url = _split(name, value)
    database_name = unquote(url.path.lstrip("/"))
    if not database_name or "/" in database_name:
        raise ImproperlyConfigured(f"{name} names no database. Write postgres://user:password@host:5432/database.")
    options = dict(parse_qsl(url.query, keep_blank_values=True))
    if unknown := sorted(set(options) - POSTGRES_OPTIONS):
        known = ", ".join(sorted(POSTGRES_OPTIONS))
        raise ImproperlyConfigured(f"{name} has the option {', '.join(unknown)}. Known options: {known}.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database_name,
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": options.pop("host", unquote(url.hostname or "")),
        "PORT": options.pop("port", str(url.port or "")),
        "OPTIONS": options,
    }


def _split(name: str, value: str) -> SplitResult:
    try:
        url = urlsplit(value)
        _ = url.port  # raises for an invalid port
    except ValueError:
        raise ImproperlyConfigured(
            f"{name} is not a valid URL. Write postgres://user:password@host:5432/database, special characters "
            "percent-encoded."
        ) from None
    if url.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            f"{name} is not a PostgreSQL URL. Write postgres://user:password@host:5432/database, "
            "or unset it for the embedded SQLite."
        )
    return url
