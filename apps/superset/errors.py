# [DEF:superset.errors:Module]
# @COMPLEXITY: 2
# @PURPOSE: What can go wrong with a Superset, one class for each cause.
"""An error carries facts: its kind, the environment, the asset, and what went wrong and what to do next as messages.
`str(error)` is English; `worded` is for a surface of another language.
"""

from __future__ import annotations

from typing import Any, ClassVar

from apps.contracts.plain_text import one_line
from apps.superset.messages.marking import Translate, unchanged
from apps.superset.messages.message import Message, verbatim


class SupersetError(Exception):
    """Base of all expected failures of the engine. `temporary` says whether trying again later can help.

    Its texts are one plain line, regardless of what a server or an asset's name contributed.
    """

    kind: ClassVar[str] = "superset_error"
    temporary: ClassVar[bool] = False
    default_next_step: ClassVar[Message | str] = ""
    uncertain: bool = False
    """For a refused write: whether it may have been carried out anyway. Reading the target back shows it."""

    def __init__(
        self,
        detail: Message | str,
        *,
        environment: str = "",
        asset: str = "",
        next_step: Message | str = "",
        context: dict[str, Any] | None = None,
    ) -> None:
        self.message = _message(detail)
        super().__init__(self.detail)
        self.environment = environment
        self.asset = one_line(asset)
        self.advice = _message(next_step or self.default_next_step)
        self.context = context or {}

    @property
    def detail(self) -> str:
        """What went wrong, in English."""
        return one_line(str(self.message))

    @property
    def next_step(self) -> str:
        """What to do about it, in English; empty if unknown."""
        return one_line(str(self.advice))

    @next_step.setter
    def next_step(self, step: Message | str) -> None:
        self.advice = _message(step)

    def worded(self, translate: Translate = unchanged) -> str:
        """Everything in one line."""
        detail, step = (one_line(each.worded(translate)) for each in (self.message, self.advice))
        where = ": ".join(part for part in (self.environment, self.asset) if part)
        sentence = f"{where}: {detail}" if where else detail
        return f"{sentence.rstrip('.')}. {step}".rstrip() if step else sentence

    def __str__(self) -> str:
        return self.worded()

    def stored(self) -> dict[str, Any]:
        """The sentence, the detail and the next step as templates with their facts, for readers of other languages."""
        detail, step = self.message.stored(), self.advice.stored()
        parts = ["{detail}"]
        if self.environment or self.asset:
            parts = [f"{{{name}}}:" for name in ("environment", "asset") if getattr(self, name)] + parts
        if self.next_step:
            parts[-1] += "" if self.detail.endswith(".") else "."
            parts.append("{step}")
        facts = {"environment": self.environment, "asset": self.asset, "detail": detail, "step": step}
        return {"sentence": {"id": " ".join(parts), "facts": facts}, "detail": detail, "next_step": step}

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "environment": self.environment,
            "asset": self.asset,
            "detail": self.detail,
            "next_step": self.next_step,
            "context": self.context,
        }


def _message(text: Message | str) -> Message:
    return text if isinstance(text, Message) else verbatim(text)


class Unreachable(SupersetError):
    """No response: connection refused, name not found, timeout, TLS failure, or a proxy's 502/503/504."""

    kind = "unreachable"
    temporary = True
    default_next_step = Message("next.unreachable")


class RateLimited(Unreachable):
    """429 until all retries were used up."""

    kind = "rate_limited"
    default_next_step = Message("next.rate_limited")


class AuthRejected(SupersetError):
    """The credentials or the token were refused."""

    kind = "credentials_refused"
    default_next_step = Message("next.credentials")


class NotConfigured(SupersetError):
    """Something has to be set up first: no credentials, not a Superset, a release that is not supported."""

    kind = "not_configured"


class NotPermitted(SupersetError):
    """The account is known but may not do this."""

    kind = "not_permitted"
    default_next_step = Message("next.permission")


class NotFound(SupersetError):
    """The asset is not there, or the account cannot see it."""

    kind = "not_found"
    default_next_step = Message("next.not_found")


class BundleInvalid(SupersetError):
    """A ZIP that cannot be read safely or lacks required content. Nothing was sent."""

    kind = "bundle_invalid"


class BundleRefused(SupersetError):
    """Superset refused an import. `context["fields"]` has the server's field errors by file, if any."""

    kind = "bundle_refused"


class ServerFault(SupersetError):
    """Superset failed (5xx), or sent a response that its API never sends."""

    kind = "server_fault"
    default_next_step = Message("next.server_log")


class OutcomeUnknown(Unreachable):
    """A write was sent but its response never arrived: it may have been, or may still be, carried out. Never retried
    blindly."""

    kind = "outcome_unknown"
    uncertain = True
    default_next_step = Message("next.look_first")


class PlanStale(SupersetError):
    """The target has changed since the plan was made. `context["assets"]` lists what changed."""

    kind = "plan_stale"
    default_next_step = Message("next.plan_again")


class UndoBlocked(SupersetError):
    """Something that a run wrote was changed since, or somebody else now uses it: nothing was undone.

    `context["assets"]` has `key`, `name`, `reason`, and who changed it when (`changed_by`, `changed_on`), if known.
    """

    kind = "undo_blocked"


class OutcomeOpen(SupersetError):
    """The response to an earlier write never arrived, and it may still be carried out: nothing is sent until that is
    known.

    `context["until"]` is the time (ISO 8601) after which it counts as not carried out.
    """

    kind = "outcome_open"
    temporary = True


class PlanUnsafe(SupersetError):
    """The plan is refused. `context["reasons"]` lists every reason, each with what to do; `refusals` are the same as
    they were found (`plan.refusal.Refusal`), in no language yet."""

    kind = "plan_unsafe"
    refusals: tuple[Any, ...] = ()


class NotVerified(SupersetError):
    """After the writes, the target does not match the plan. `context["differences"]` lists what differs."""

    kind = "not_verified"
    default_next_step = Message("next.roll_back")


class Cancelled(SupersetError):
    """Stopped on request, between two steps."""

    kind = "cancelled"
