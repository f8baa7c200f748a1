"""Moments of an apply at which an attack can act: which request is held at a gate."""

from __future__ import annotations

from collections.abc import Callable

from rig.hostile.gateway.exchange import Exchange
from rig.hostile.gateway.rules import Act, Gate
from rig.hostile.trial import Trial

IMPORT = "/import/"
Hold = Callable[[Gate], Act]
Moment = Callable[[Trial, Gate, Hold], None]
"""Sets the rule that holds the request at the gateway of the target."""


def at(method: str, path: str, *, skip: int = 0) -> Moment:
    """The next request of this kind, after the first `skip` of them."""

    def put(trial: Trial, gate: Gate, hold: Hold) -> None:
        trial.to_prod.rule(method, path, hold(gate), skip=skip)

    return put


def reading_after(imports: int) -> Moment:
    """The first read after this many imports."""

    def put(trial: Trial, gate: Gate, hold: Hold) -> None:
        def carry_out(exchange: Exchange) -> None:
            exchange.respond(exchange.forward())
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
