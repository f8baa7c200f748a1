"""The commands in the document of the API work, one after the other, as they stand there."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from apps.superset.tests.superset_server import SupersetServer
from project.tests.running import CHECKOUT, Running, environment, free_port

WAREHOUSE = {"id": 1, "uuid": "11111111-1111-1111-1111-111111111111", "database_name": "warehouse", "backend": "sqlite"}
BLOCKS = re.findall(r"^```sh\n(.*?)^```", (CHECKOUT / "docs" / "api.md").read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture
def supersets():
    with SupersetServer() as dev, SupersetServer() as prod:
        prod.rows = {kind: [] for kind in prod.rows} | {"database": [WAREHOUSE]}
        yield {"dev": dev, "prod": prod}


@pytest.fixture
def lockstep(tmp_path):
    run = Running(tmp_path / "data", free_port())
    try:
        run.ready()
        yield run
    finally:
        run.kill()


@pytest.fixture
def manage(tmp_path, lockstep):
    def manage(*words):
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(
            command, env=environment(tmp_path / "data"), cwd=CHECKOUT, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    return manage


def test_the_commands_from_a_token_to_an_applied_plan_work(lockstep, manage, supersets, tmp_path):
    password = tmp_path / "password"
    password.write_text("only-for-tests")
    manage("create_admin", "ada", "--password-file", str(password))
    for name, server in supersets.items():
        password.write_text(server.password)
        manage("environment", "add", name, server.url, "--user", server.username, "--password-file", str(password))
    prepare, *rest = BLOCKS
    assert "token create ci --scope act --days 30" in prepare
    token = manage("token", "create", "ci", "--scope", "act", "--days", "30")
    assert token.startswith("lockstep_"), "the token alone, so that a shell can keep it"
    script = "\n".join(["set -euo pipefail", *rest])
    variables = {"LOCKSTEP": f"http://127.0.0.1:{lockstep.port}", "TOKEN": token}
    done = subprocess.run(
        ["bash", "-c", script],
        check=False,
        env={**environment(tmp_path), **variables},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout
    assert said.count("succeeded") >= 3, "two syncs and the plan"
    assert "'name': 'USA Births Names', 'action': 'create'" in said
    assert "sending 1 dataset, 10 charts, 1 dashboard to prod" in said, "the apply; this prod stores nothing of it"
