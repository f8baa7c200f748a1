"""The moments of an apply or an undo at which an attack can strike: which request is held at a gate."""

from __future__ import annotations

from collections.abc import Callable

from rig.hostile.gateway import Act, Exchange, Gate
from rig.hostile.trial import Trial

IMPORT = "/import/"
Hold = Callable[[Gate], Act]
Moment = Callable[[Trial, Gate, Hold], None]
"""Puts the rule that holds there at the gateway before the target."""


def at(method: str, path: str, *, skip: int = 0) -> Moment:
    """When such a request comes, after the first `skip` of them."""

    def put(trial: Trial, gate: Gate, hold: Hold) -> None:
        trial.to_prod.rule(method, path, hold(gate), skip=skip)

    return put


def reading_after(imports: int) -> Moment:
    """At the first read after so many imports."""

    def put(trial: Trial, gate: Gate, hold: Hold) -> None:
        def carry_out(exchange: Exchange) -> None:
            exchange.answer(exchange.forward())
            trial.to_prod.rule("GET", "/api/v1/", hold(gate))

        trial.to_prod.rule("POST", IMPORT, carry_out, skip=imports - 1)

    return put


OF_APPLY: dict[str, Moment] = {
    "in the preflight": at("GET", "/export/"),
    "at the import": at("POST", IMPORT),
    "after the import": reading_after(1),
    "at the second import": at("POST", IMPORT, skip=1),
    "while verifying": reading_after(2),
}
