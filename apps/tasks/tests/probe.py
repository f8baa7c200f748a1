"""A plugin for tests. `meet` comes to a port of the test, says who it is, and does what it is told there."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections import UserDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from apps.core.errors import LockstepError
from apps.plugins.base import Action, Choice, Context, InputField, InputKind, InputRequired, Plugin
from apps.plugins.models import PluginRecord

PASSWORD = "correct-horse"


@dataclass(frozen=True)
class Nothing:
    pass


@dataclass(frozen=True)
class Words:
    text: str = field(metadata={"title": "What to say"})
    times: int = 1


@dataclass(frozen=True)
class Port:
    port: int


def say(context: Context, params: Words) -> Mapping[str, Any]:
    for number in range(params.times):
        context.stage(f"round {number}", number + 1, params.times)
        context.log(params.text, number=number)
        context.progress("rounds", number + 1, params.times)
    context.artefact("said.txt", params.text.encode())
    return {"said": params.times}


def refuse(context: Context, params: Nothing) -> None:
    context.log("about to refuse")
    raise LockstepError("It cannot be done: ask another day.", day="monday")


def crash(context: Context, params: Nothing) -> None:
    raise ZeroDivisionError(f"by {PASSWORD}")


def roll_back(context: Context, params: Nothing) -> None:
    with transaction.atomic():
        context.log("inside")
        transaction.set_rollback(True)


def insist(context: Context, params: Nothing) -> None:
    while True:
        context.check_cancelled()


def answer_nonsense(context: Context, params: Nothing) -> Any:
    return ["no", "mapping"]


def ask(context: Context, params: Words) -> Mapping[str, Any]:
    """Two stages. In the second it asks for a place and a password, and goes on from there."""
    if context.resumed_at is None:
        context.stage("prepare", 1, 2)
        context.log("preparing")
        context.artefact("prepared.txt", params.text.encode())
    context.stage("act", 2, 2)
    if "password" not in context.answers:
        raise InputRequired(
            InputField(
                name="place",
                title="Where to",
                kind=InputKind.CHOICE,
                choices=(Choice(value="attic-1", label="attic"), Choice(value="cellar-1", label="cellar")),
            ),
            InputField(name="password", title="Password", kind=InputKind.SECRET),
            within=timedelta(minutes=5),
        )
    context.log(f"carrying with {context.answers['password']}")
    prepared = (context.kept("prepared.txt") or b"").decode()
    by = context.answered_by.username if context.answered_by else ""
    return {"carried": prepared, "to": context.answers["place"], "by": by, "said": context.answers["password"]}


def ask_twice(context: Context, params: Nothing) -> Mapping[str, Any]:
    for name in ("first", "second"):
        if name not in context.answers:
            raise InputRequired(InputField(name=name, title=name, kind=InputKind.SECRET))
    return {"lengths": [len(context.answers[name]) for name in ("first", "second")]}


@dataclass(frozen=True)
class Death:
    """Where the process is to be killed at the first attempt; `marker` is a file that tells of it."""

    where: str
    marker: str

    def __post_init__(self) -> None:
        self.die("params")

    def die(self, where: str) -> None:
        of_a_worker = "TEST_DATABASE" in os.environ  # the test itself reads the parameters, too
        if of_a_worker and where == self.where and not Path(self.marker).exists():
            Path(self.marker).touch()
            os.kill(os.getpid(), signal.SIGKILL)


class Deadly(UserDict[str, Any]):
    """Kills when it is looked into, after the action is done."""

    def __init__(self, death: Death) -> None:
        super().__init__(done=True)
        self.death = death

    def __iter__(self) -> Iterator[str]:
        self.death.die("result")
        return super().__iter__()


def die(context: Context, params: Death) -> Mapping[str, Any]:
    params.die("begin")
    for number, where in enumerate(("first", "second"), 1):
        context.stage(where, number, 2)
        context.log(where)
        params.die(where)
    return Deadly(params)


@dataclass(frozen=True)
class Size:
    size: int


def eat(context: Context, params: Size) -> Mapping[str, Any]:
    return {"eaten": len(bytearray(params.size * 2**20))}


def chatter(context: Context, params: Size) -> None:
    for number in range(params.size):
        context.log(f"line {number} of many, and none of them is to be lost", number=number)


@dataclass(frozen=True)
class Seconds:
    seconds: float


def hold(context: Context, params: Seconds) -> None:
    """What no plugin should do: a transaction that stays open, and locks the whole database where that is SQLite."""
    context.log("before")
    with transaction.atomic():
        PluginRecord.objects.filter(slug="probe").update(reason="held")
        until = time.monotonic() + params.seconds
        while time.monotonic() < until:
            context.log("inside")
            time.sleep(0.5)
        transaction.set_rollback(True)
    context.log("after")


def meet(context: Context, params: Port) -> Mapping[str, Any]:
    context.log("going to the meeting")
    with socket.create_connection(("127.0.0.1", params.port)) as line, line.makefile("rw") as talk:
        talk.write(f"{context.task}\n")
        talk.flush()
        return {"told": talk.readline().strip()}


def action(run: Any, params: type[Any] = Nothing, **more: Any) -> Action:
    slug = more.pop("slug", run.__name__)
    return Action(slug=slug, title=slug, params=params, run=run, **more)


plugin = Plugin(
    slug="probe",
    title="Probe",
    version="1",
    actions=(
        action(say, Words),
        action(refuse),
        action(crash),
        action(roll_back),
        action(insist, time_limit=0),
        action(answer_nonsense),
        action(ask, Words),
        action(ask_twice),
        action(die, Death, slug="die_once"),
        action(die, Death, repeatable=True),
        action(eat, Size),
        action(chatter, Size),
        action(hold, Seconds),
        action(meet, Port),
        action(meet, Port, slug="meet_briefly", time_limit=1),
        action(meet, Port, slug="meet_again", repeatable=True),
        action(meet, Port, slug="write", writes=True),
        action(meet, Port, slug="browse", needs=frozenset({"browser"})),
        action(meet, Port, slug="browse_again", needs=frozenset({"browser"}), repeatable=True),
        action(meet, Port, slug="fill", large=True),
        action(meet, Port, slug="browse_much", needs=frozenset({"browser", "heavy"})),
    ),
)
