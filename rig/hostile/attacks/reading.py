"""Attacks on reading: lists that lie or never end, slow connections, misleading redirects."""

from __future__ import annotations

from rig.hostile.attack import attack
from rig.hostile.forgeries import superset
from rig.hostile.forgeries.superset import Listener
from rig.hostile.gateway import actions
from rig.hostile.gateway.exchange import Response
from rig.hostile.gateway.rules import FOREVER, Act
from rig.hostile.judge.result import CommandResult
from rig.hostile.judge.verdict import Kind
from rig.hostile.trial import Trial

SALES_SLUG = "sales-dashboard"
TIMEOUT = 240.0
MEMORY = 900.0
"""Megabytes that a command may use while a server lies to it."""

PLAN = ("migration", "plan", "dev", "prod", "--all", "--map-database", "examples=warehouse")
SYNC = ("catalogue", "sync", "dev")
LIST = "/api/v1/dashboard/?"


def _bounded(trial: Trial, result: CommandResult) -> CommandResult:
    """The command stayed within its memory and wrote nothing."""
    trial.expect(result.memory < MEMORY, f"`{' '.join(result.arguments[:3])}` took {result.memory:.0f} MB")
    trial.expect(not trial.to_prod.writes, f"wrote to the target: {trial.to_prod.writes[:2]}", Kind.FALSE)
    return result


@attack(
    "reading",
    "C4",
    state="registered",
    each=superset.LISTS,
    ci=(
        "it never ends",
        "its count is Infinity",
        "a row is null",
        "a row has no uuid",
        "it is nested a hundred thousand deep",
    ),
)
def lying_list(trial: Trial, lie: Act) -> None:
    """The list of dashboards for a plan and a sync"""
    trial.to_dev.rule("GET", LIST, lie, times=FOREVER)
    _bounded(trial, trial.run(*PLAN, timeout=TIMEOUT))
    _bounded(trial, trial.run(*SYNC, timeout=TIMEOUT))


@attack(
    "reading",
    "C2",
    state="registered",
    each={kind: kind for kind in ("chart", "dataset", "database", "rowlevelsecurity")},
)
def endless_list(trial: Trial, kind: str) -> None:
    """A list that never ends"""
    trial.to_dev.rule("GET", f"/api/v1/{kind}/?", superset.endless, times=FOREVER)
    _bounded(trial, trial.run(*SYNC, timeout=TIMEOUT))
    trial.to_prod.rule("GET", f"/api/v1/{kind}/?", superset.endless, times=FOREVER)
    _bounded(trial, trial.run(*PLAN, timeout=TIMEOUT))


@attack("reading", "C2", state="registered", each=superset.QUICK_WIRE, ci=("gzip of a gigabyte", "endless chunks"))
def odd_wire(trial: Trial, act: Act) -> None:
    """Malformed HTTP in place of a list"""
    trial.to_dev.rule("GET", LIST, act, times=FOREVER)
    _bounded(trial, trial.run(*PLAN, timeout=TIMEOUT))


@attack("reading", "C2", state="registered", slow=True, each=superset.SLOW_WIRE)
def slow_wire(trial: Trial, act: Act) -> None:
    """Malformed HTTP in place of a list"""
    trial.to_dev.rule("GET", LIST, act, times=FOREVER)
    _bounded(trial, trial.run(*PLAN, timeout=500))


PLACES = {
    "at the sign-in": ("POST", "/security/login"),
    "at the release": ("GET", "/version"),
    "at a list": ("GET", LIST),
    "at an export": ("GET", "/export/"),
    "at the account": ("GET", "/api/v1/me/"),
}


@attack("reading", "C5", state="registered", each=PLACES, ci=("at a list",))
def redirect(trial: Trial, place: tuple[str, str]) -> None:
    """A redirect to another port is not followed and reported with its port"""
    method, path = place
    elsewhere = Listener()
    to = f"http://127.0.0.1:{elsewhere.port}/login/"
    trial.to_dev.rule(method, path, superset.redirecting(to), times=FOREVER)
    result = _bounded(trial, trial.run(*PLAN))
    trial.expect(not elsewhere.visited(), "followed a redirect to another server", Kind.FALSE)
    if "127.0.0.1" in result.last and result.refused:
        whole = f"127.0.0.1:{elsewhere.port}" in result.last or f":{trial.to_dev.server.server_port}" in result.last
        trial.expect(whole, f"the message lacks the port: {result.last[:200]}")
    elsewhere.close()


TOKENS: dict[str, object] = {
    "a number": 17,
    "null": None,
    "a list": ["a"],
    "with a line break": "abc\r\nX-Evil: 1",
    "of ten megabytes": "x" * 10_000_000,
    "not ASCII": "пароль",
    "empty": "",
}


@attack("reading", "C4", state="registered", each=TOKENS)
def odd_token(trial: Trial, token: object) -> None:
    """The access token of a sign-in"""
    response = Response.of_json(200, {"access_token": token, "refresh_token": token})
    trial.to_dev.rule("POST", "/security/login", actions.respond_with(response), times=FOREVER)
    _bounded(trial, trial.run(*PLAN, timeout=TIMEOUT))


@attack("reading", "C4", state="mixed", each=TOKENS)
def odd_csrf(trial: Trial, token: object) -> None:
    """The CSRF token before a write"""
    response = Response.of_json(200, {"result": token})
    trial.to_prod.rule("GET", "csrf_token", actions.respond_with(response), times=FOREVER)
    trial.apply()
    trial.end()


LOGINS: dict[str, Act] = {
    "it never ends": superset.QUICK_WIRE["endless chunks"],
    "it is a page": superset.LISTS["it is a page"],
    "it is nested": superset.LISTS["it is nested a hundred thousand deep"],
    "it is null": superset.LISTS["it is null"],
    "it is 429 for ever": actions.refuse(429, Retry_After="86400"),
}


@attack("reading", "C4", state="registered", each=LOGINS)
def lying_login(trial: Trial, lie: Act) -> None:
    """The response to a sign-in"""
    trial.to_dev.rule("POST", "/security/login", lie, times=FOREVER)
    _bounded(trial, trial.run("environment", "check", "dev", timeout=TIMEOUT))


VERSIONS = {
    "a list": b'{"version_string": ["6.1.0"]}',
    "null": b"null",
    "of a megabyte": b'{"version_string": "' + b"6" * 1_000_000 + b'"}',
    "nested": b"[" * 100_000,
    "with line breaks": b'{"version_string": "6.1.0\\nNothing to do"}',
}


@attack("reading", "C4", state="registered", each=VERSIONS)
def lying_version(trial: Trial, body: bytes) -> None:
    """The release that the server reports"""
    trial.to_dev.rule("GET", "/version", superset.plain(body), times=FOREVER)
    _bounded(trial, trial.run("environment", "check", "dev", timeout=TIMEOUT))
    _bounded(trial, trial.run(*PLAN, timeout=TIMEOUT))
