"""A plugin that is in no package."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from apps.plugins.base import Action, Plugin, Secret


class Tone(Enum):
    WARM = "warm"
    COOL = "cool"


@dataclass(frozen=True)
class GreetParams:
    name: str = field(metadata={"title": "Whom", "help": "a name"})
    times: int = 1
    loud: bool = False
    tone: Tone = Tone.WARM
    others: tuple[str, ...] = ()
    note: str | None = None

    def __post_init__(self) -> None:
        if self.times > 10:
            raise ValueError("Nobody wants to be greeted so often.")


@dataclass(frozen=True)
class GreeterSettings:
    url: str = field(metadata={"title": "Address"})
    token: Secret = field(metadata={"title": "Token", "help": "of the service."})
    second: Secret | None = None
    retries: int = 3


@dataclass(frozen=True)
class Nothing:
    """Nothing to choose."""


GREET = Action(slug="greet", title="Greet", params=GreetParams, run=lambda context, params: None)
REST = Action(slug="rest", title="Rest", params=Nothing, run=lambda context, params: None)
GREETER = Plugin(slug="greeter", title="Greeter", version="2.0", actions=(GREET, REST), settings=GreeterSettings)
SET_UP = {"url": "https://greet.example.com", "token": "open-sesame"}
