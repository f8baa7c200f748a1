"""Tells a web address of something, by POST."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from apps.plugins.base import Action, Context, LockstepError, Plugin, Secret

PATIENCE = 10
"""Seconds that the address has to answer."""


class Urgency(Enum):
    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True)
class Settings:
    url: str = field(metadata={"title": "Address", "help": "Where messages are posted to: https://…"})
    token: Secret | None = field(default=None, metadata={"title": "Token", "help": "Sent as a bearer token."})

    def __post_init__(self) -> None:
        if not self.url.startswith(("https://", "http://")):
            raise ValueError("The address must begin with https:// or http://.")


@dataclass(frozen=True)
class AnnounceParams:
    text: str = field(metadata={"title": "Message"})
    urgency: Urgency = field(default=Urgency.LOW, metadata={"title": "Urgency"})
    mentions: tuple[str, ...] = field(default=(), metadata={"title": "Mentions", "help": "Names of people."})


def announce(context: Context, params: AnnounceParams) -> Mapping[str, Any]:
    context.stage("compose", 1, 2)
    message = {
        "text": " ".join([*(f"@{name}" for name in params.mentions), params.text]),
        "urgency": params.urgency.value,
        "environment": context.environment,
        "task": context.task,
        "by": str(context.actor),
    }
    context.artefact("message.json", json.dumps(message, indent=2).encode())
    context.check_cancelled()  # the last moment at which nobody was told yet
    context.stage("send", 2, 2)
    context.log(f"posting to {context.settings.url}", urgency=params.urgency.value)
    status, answer = _post(context.settings, message)
    context.progress("messages", 1, 1)
    context.log(f"answered {status}: {answer}")
    return {"status": status}


def _post(settings: Settings, message: Mapping[str, Any]) -> tuple[int, str]:
    headers = {"Content-Type": "application/json"}
    if settings.token:
        headers["Authorization"] = f"Bearer {settings.token.reveal()}"
    request = urllib.request.Request(settings.url, json.dumps(message).encode(), headers)  # noqa: S310 - see Settings
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:  # noqa: S310
            return response.status, response.read(1000).decode(errors="replace")
    except urllib.error.HTTPError as error:
        raise LockstepError(f"{settings.url} refused the message with {error.code}: check address and token.") from None
    except OSError as error:
        raise LockstepError(f"{settings.url} cannot be reached ({error}): check the address.") from None


plugin = Plugin(
    slug="webhook",
    title="Webhook",
    version="1.0.0",
    settings=Settings,
    actions=(Action(slug="announce", title="Announce", params=AnnounceParams, run=announce, time_limit=60),),
)
