"""A plugin for tests. `meet` comes to a port of the test, says who it is, and does what it is told there."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction

from apps.core.errors import LockstepError
from apps.plugins.base import Action, Choice, Context, InputField, InputKind, InputRequired, Plugin

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
        action(meet, Port),
        action(meet, Port, slug="meet_again", repeatable=True),
        action(meet, Port, slug="write", writes=True),
    ),
)
