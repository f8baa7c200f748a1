"""Attacks on an apply: imports that are refused, or asked to wait."""

from __future__ import annotations

from rig.check.rest import RestError, Superset
from rig.hostile.arena import BIRTHS
from rig.hostile.attack import attack
from rig.hostile.gateway import actions
from rig.hostile.gateway.exchange import Response
from rig.hostile.gateway.pages import GATEWAY_TIMEOUT, HTML, PAGE
from rig.hostile.gateway.rules import FOREVER
from rig.hostile.judge.verdict import Kind
from rig.hostile.moments import IMPORT
from rig.hostile.trial import Trial

# --- A1: certain refusals


@attack("writes", "A1", each={str(code): code for code in (400, 401, 403, 404, 409, 413, 415, 422)}, ci=("422", "413"))
def refused_unread(trial: Trial, status: int) -> None:
    """Every import is refused before it reaches Superset"""
    trial.to_prod.rule("POST", IMPORT, actions.refuse(status), times=9)
    _said_nothing_was_written(trial)


@attack("writes", "A1")
def refused_as_html(trial: Trial) -> None:
    """A firewall refuses every import with 403 and a page"""
    trial.to_prod.rule("POST", IMPORT, actions.respond_with(Response(403, PAGE, HTML)), times=9)
    _said_nothing_was_written(trial)


def _said_nothing_was_written(trial: Trial) -> None:
    result = trial.apply()
    trial.expect(result.refused, f"a refused import ended with {result.code}", Kind.FALSE)
    trial.expect(
        trial.status in ("planned", "failed", "approved"), f"nothing arrived, but the status is “{trial.status}”"
    )
    undone = trial.undo()
    trial.expect(
        not undone.succeeded or "othing" in undone.text,
        "a rollback of nothing claims to have removed something",
        Kind.FALSE,
    )
    trial.end()


@attack("writes", "A1", state="registered", ci=True)
def refused_by_the_importer(trial: Trial) -> None:
    """Refused for a null, then imported by hand: the rollback must leave what it did not write"""
    _spoil_dataset(trial, "filter_select_enabled")
    if trial.plan(BIRTHS).code == 2:
        trial.apply()
        trial.target.others_edit(lambda _: trial.put_target("applied"))
        trial.undo()
    trial.end(undone=False)


@attack(
    "writes", "A1", state="registered", each={name: name for name in ("offset", "normalize_columns", "is_sqllab_view")}
)
def refused_for_a_null(trial: Trial, field: str) -> None:
    """A dataset has null where the importer accepts none"""
    _spoil_dataset(trial, field)
    if trial.plan(BIRTHS).code == 2:
        trial.apply()
    trial.end()


def _spoil_dataset(trial: Trial, field: str) -> None:
    for row in trial.dev.rows("dataset", "id", "table_name"):
        if row["table_name"] == "birth_names":
            try:
                trial.dev.update("dataset", row["id"], {field: None})
            except RestError:
                trial.transcript.append(f"Superset accepts no null for {field}")


@attack(
    "writes", "A1", each={"import": ("POST", IMPORT), "second import": ("POST", IMPORT), "setting": ("PUT", "/chart/")}
)
def refused_half_way(trial: Trial, what: tuple[str, str]) -> None:
    """The second write is refused: what was written is reported and rolled back"""
    method, path = what
    trial.to_prod.rule(method, path, actions.refuse(422), times=9, skip=1 if path == IMPORT else 0)
    trial.apply()
    trial.end()


@attack("writes", "A1", state="planned", ci=True)
def by_hand_after_a_refusal(trial: Trial) -> None:
    """Refused with 422, then imported by hand: the rollback must leave it"""
    trial.to_prod.rule("POST", IMPORT, actions.refuse(422), times=9)
    trial.apply()
    trial.target.others_edit(lambda _: trial.put_target("applied"))
    trial.undo()
    trial.end(undone=False)


@attack("writes", "A1", state="planned")
def by_hand_while_unknown(trial: Trial) -> None:
    """The import is lost, then done by hand: the rollback must not take it for its own"""
    trial.to_prod.rule("POST", IMPORT, actions.respond_with(GATEWAY_TIMEOUT))
    trial.apply()

    def bring(prod: Superset) -> None:
        trial.put_target("applied")
        for row in prod.rows("chart", "id", "slice_name"):
            if row["slice_name"] == "Girls":
                prod.update("chart", row["id"], {"slice_name": "Girls, by hand"})

    trial.target.others_edit(bring)
    trial.undo()
    trial.end(undone=False)


# --- A2: asked to wait

WAITS: dict[str, tuple[int, dict[str, str]]] = {
    "429 twice": (2, {"Retry_After": "1"}),
    "429 once, without a time": (1, {}),
    "429 four times": (4, {"Retry_After": "1"}),
}


@attack("writes", "A2", each=WAITS, ci=("429 twice",))
def asked_to_wait(trial: Trial, how: tuple[int, dict[str, str]]) -> None:
    """An import is refused with 429, then accepted"""
    times, headers = how
    trial.to_prod.rule("POST", IMPORT, actions.refuse(429, **headers), times=times)
    result = trial.apply()
    trial.expect(result.succeeded, f"gave up on 429, which says that nothing was done: {result.last[:200]}")
    trial.end()


@attack("writes", "A2")
def asked_to_wait_half_way(trial: Trial) -> None:
    """The second import is refused with 429, then accepted"""
    trial.to_prod.rule("POST", IMPORT, actions.refuse(429, Retry_After="1"), times=2, skip=1)
    result = trial.apply()
    trial.expect(result.succeeded, f"gave up on 429, which says that nothing was done: {result.last[:200]}")
    trial.end()


@attack("writes", "A2", each={"a second": "1", "a day": "86400", "nonsense": "soon", "a time gone by": "-5"})
def asked_to_wait_for_ever(trial: Trial, wait: str) -> None:
    """Every import is refused with 429: it gives up in bounded time, nothing written"""
    trial.to_prod.rule("POST", IMPORT, actions.refuse(429, Retry_After=wait), times=FOREVER)
    result = trial.apply(timeout=400)
    trial.expect(result.refused, f"endless 429 ended with {result.code}")
    trial.end()
