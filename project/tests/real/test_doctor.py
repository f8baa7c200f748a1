"""`lockstep doctor` on real Supersets."""

from __future__ import annotations

from typing import Any

from project.tests.real.test_tasks import working
from project.tests.real.world import AccessLog, CommandResult, World


def states(found: CommandResult, environment: str | None) -> dict[str, str]:
    checks: list[dict[str, Any]] = found.document["checks"]
    return {each["check"]: each["state"] for each in checks if each["environment"] == environment}


WELL = dict.fromkeys(("sign_in", "release", "rights", "server_clock", "latency"), "ok")


def test_two_supersets_and_a_worker_are_well_and_nothing_is_written(world: World):
    logs = [AccessLog(server) for server in world.pair.both]
    with working(world.lockstep):
        found = world.run("doctor", "--format", "json")
    assert found.code == 0, found
    assert (states(found, "dev"), states(found, "prod")) == (WELL, WELL)
    assert set(states(found, None).values()) == {"ok"}
    assert [log.writes() for log in logs] == [[], []]


def test_a_superset_that_is_away_fails_alone_and_offline_nothing_is_asked(world: World):
    world.lockstep.check_output("environment", "edit", "prod", "--url", f"{world.prod.url}/elsewhere")
    log = AccessLog(world.pair.dev)
    assert states(world.run("doctor", "--offline", "--format", "json"), "dev") == {"sign_in": "unknown"}
    assert log.requests() == []
    found = world.run("doctor", "--format", "json")
    assert found.code == 1, found
    assert states(found, "dev") == WELL
    assert "failed" in states(found, "prod").values()
    assert states(found, None)["workers"] == "failed"
