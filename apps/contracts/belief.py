# [DEF:contracts.belief:Module]
# @COMPLEXITY: 2
# @PURPOSE: The belief log: why something is done, next to what is done.
"""Standard library only, so that everything may import it.

    with belief_scope("superset.execution.executor"):
        reason("the target is as the plan found it", assets=34)
        ...
        reflect("read back, nothing differs", written=34)

`reason` records what is believed before acting, `reflect` the outcome, `explore` what is tried before deciding. Each is
an ordinary log record with `anchor`, `marker`, `text` and `facts`; its anchor is that of the innermost scope of the
thread or coroutine. Entry and exit are logged at level DEBUG, all others at INFO.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

logger = logging.getLogger(__name__)

HIDDEN = "********"
SECRET_NAME = re.compile(r"passw|secret|token|api_?key|credential", re.IGNORECASE)
_LABEL = r"(?:(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|credentials?))"
_HEADER = r"(?:cookie|set-cookie|x-csrftoken|(?:api-key|auth-token))"
_SCHEME = r"(?:Bearer|Basic|Negotiate|Digest)"
# One way to read each character, and an end in any case: else a long text of backslashes takes forever
_QUOTED = r"""(["'])(?:\\.|(?!\2)[^\\])+\\?(?:\2|\Z)"""
_TO_THE_END = r"""[^\s"'][^\r\n"']*"""


def _secret_text(pattern: str, masked: str) -> tuple[re.Pattern[str], str]:
    return re.compile(pattern, re.IGNORECASE | re.DOTALL), masked


SECRET_TEXTS = (
    _secret_text(r"(://[^\s/:@]*):[^\s/]+@", rf"\1:{HIDDEN}@"),
    (re.compile(rf"\b({_SCHEME}) [\w.~+/=-]+"), rf"\1 {HIDDEN}"),
    _secret_text(rf"""(\bauthorization["']?\s*[:=]\s*["']?)(?!{_SCHEME}){_TO_THE_END}""", rf"\1{HIDDEN}"),
    _secret_text(rf"""({_HEADER}["']?:\s*["']?){_TO_THE_END}""", rf"\1{HIDDEN}"),
    _secret_text(rf"""({_LABEL}["']\s*[:=,]\s*){_QUOTED}""", rf"\1\2{HIDDEN}\2"),
    _secret_text(rf"({_LABEL}=){_QUOTED}", rf"\1\2{HIDDEN}\2"),
    _secret_text(rf"""({_LABEL}=)(?!FILE\b|…)[^\s&;,"'<>()]+""", rf"\1{HIDDEN}"),
)
"""Where secrets occur: in an address, in a header, as a value in JSON or in a form."""

_anchor: ContextVar[str] = ContextVar("anchor", default="")


@contextmanager
def belief_scope(anchor: str, **facts: Any) -> Iterator[None]:
    """Records inside have this anchor. An exception that leaves the scope is recorded and raised again."""
    token = _anchor.set(anchor)
    try:
        _record(logging.DEBUG, "entry", "", facts)
        yield
        _record(logging.DEBUG, "exit", "", {})
    except BaseException as error:  # recorded and raised again, whatever it is
        _record(logging.INFO, "raised", f"{type(error).__name__}: {error}", {})
        raise
    finally:
        _anchor.reset(token)


def reason(text: str, **facts: Any) -> None:
    _record(logging.INFO, "reason", text, facts)


def reflect(text: str, **facts: Any) -> None:
    _record(logging.INFO, "reflect", text, facts)


def explore(text: str, **facts: Any) -> None:
    _record(logging.INFO, "explore", text, facts)


def active_anchor() -> str:
    """The anchor of the innermost scope; empty outside of any."""
    return _anchor.get()


def without_secrets(value: Any) -> Any:
    """The same JSON value with `HIDDEN` under each name that sounds like a secret's, and its texts without secrets."""
    if isinstance(value, str):
        return without_secret_texts(value)
    if isinstance(value, Mapping):
        return {
            str(name): HIDDEN if _is_secret(str(name), inner) else without_secrets(inner)
            for name, inner in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [without_secrets(inner) for inner in value]
    return value


def _is_secret(name: str, value: Any) -> bool:
    """A yes or no is none, whatever it is called: `must_change_password` says nothing of the password."""
    return bool(value) and value is not True and SECRET_NAME.search(name) is not None


def without_secret_texts(text: str) -> str:
    """The text with secrets masked: see `SECRET_TEXTS`."""
    for pattern, masked in SECRET_TEXTS:
        text = pattern.sub(masked, text)
    return text


def _record(level: int, marker: str, text: str, facts: Mapping[str, Any]) -> None:
    if not logger.isEnabledFor(level):
        return
    anchor, text, facts = active_anchor(), without_secret_texts(text), without_secrets(facts)
    shown = "".join([f": {text}" if text else "", *(f" {name}={value!r}" for name, value in facts.items())])
    details = {"anchor": anchor, "marker": marker, "text": text, "facts": facts}
    logger.log(level, "%s %s%s", anchor, marker, shown, extra=details, stacklevel=3)
