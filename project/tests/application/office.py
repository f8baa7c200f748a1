"""Two people at one Lockstep over two real Supersets: what was done before a story begins, and what came of it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import requests

from project.tests.real.workers import Gate
from project.tests.real.world import BIRTHS, EXAMPLES_UUID, MAPPING, SALES, edit_json, find
from project.tests.running import CHECKOUT, Running, environment, free_port, is_gone, wait_until
from rig.check.checker import compare
from rig.check.rest import Superset
from rig.servers.pair import WAREHOUSE_UUID, Pair
from rig.servers.tamper import Proxy

ADMIN, AUTHOR, APPROVER = "ada", "author", "approver"
PASSWORD = "correct horse battery staple"
GRANTS = ((AUTHOR, "operator", "*"), (APPROVER, "approver", "prod"), (APPROVER, "viewer", "dev"))
OLD_SQL = "SELECT *\nFROM cleaned_sales_data\nWHERE year > 2000"
NEW_SQL = "SELECT *\nFROM cleaned_sales_data\nWHERE year > 2003"
METRIC = {"expressionType": "SQL", "sqlExpression": "SUM(num) * 2", "label": "twice", "optionName": "metric_twice"}
OVER = {"succeeded", "failed", "errored", "cancelled", "timed_out", "lost"}


class Client:
    """One signed-in person, beside the browser: to prepare a story, and to look at what it left."""

    def __init__(self, address: str, name: str) -> None:
        self._address, self._session = address, requests.Session()
        first = self._get("session").json()["extra"]["csrf_token"]
        answer = self._send("POST", "session", {"username": name, "password": PASSWORD}, first)
        self._token = answer.json()["csrf_token"]

    def _get(self, path: str) -> requests.Response:
        return self._session.get(f"{self._address}/api/v1/{path}", timeout=30)

    def _send(self, method: str, path: str, body: Any, token: str) -> requests.Response:
        address = f"{self._address}/api/v1/{path}"
        answer = self._session.request(method, address, json=body, headers={"X-CSRFToken": token}, timeout=30)
        assert answer.ok, (method, path, answer.text)
        return answer

    def get(self, path: str) -> Any:
        answer = self._get(path)
        assert answer.ok, (path, answer.text)
        return answer.json()

    def send(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._send(method, path, body, self._token)
        return answer.json() if answer.content else None

    def state(self) -> Any:
        """The signed-in session, for a browser."""
        common = {"domain": "127.0.0.1", "path": "/", "expires": -1, "secure": False, "sameSite": "Lax"}
        cookies = [
            {**common, "name": each.name, "value": each.value, "httpOnly": each.name == "lockstep_session"}
            for each in self._session.cookies
        ]
        return {"cookies": cookies, "origins": []}

    def wait(self, task: int) -> dict[str, Any]:
        """The task, once it has ended well."""
        found: dict[str, Any] = {}

        def is_over() -> bool:
            found.update(self.get(f"tasks/{task}"))
            return found["state"] in OVER

        wait_until(is_over, f"task {task} does not end")
        assert found["state"] == "succeeded", found["error"]
        return found

    def sync(self, *names: str) -> None:
        for task in [self.send("POST", f"environments/{name}/sync")["id"] for name in names]:
            self.wait(task)

    def plan(self, *dashboards: str) -> int:
        """The number of a new migration from dev to prod."""
        wanted = {"source": "dev", "target": "prod", "dashboards": dashboards, "databases": [MAPPING]}
        number: int = self.wait(self.send("POST", "migrations/plan", wanted)["id"])["result"]["migration"]
        return number

    def submit(self, migration: int) -> None:
        self.send("POST", f"migrations/{migration}/submit", {"note": ""})

    def approve(self, migration: int) -> None:
        self.send("POST", f"migrations/{migration}/approve", self._exactly(migration))

    def apply(self, migration: int) -> None:
        self.wait(self.send("POST", f"migrations/{migration}/apply", self._exactly(migration))["id"])

    def _exactly(self, migration: int) -> dict[str, str]:
        return {"checksum": self.get(f"migrations/{migration}/overview")["plan"]["checksum"]}


class Office:
    """dev and a protected prod behind a gate, an author and an approver.

    Two dashboards came to prod before: “Sales Dashboard” and “USA Births Names”, of which one query, one chart and one
    layout have changed on dev since.
    """

    def __init__(self, folder: Path, pair: Pair, proxy: Proxy, gate: Gate) -> None:
        self.pair, self.gate = pair, gate
        self._data, self._kept = folder / "data", (folder / "dev.db", folder / "prod.db")
        self.running = Running(self._data, free_port())
        try:
            self.running.ready()
            self._settle(proxy)
        except BaseException:
            self.running.kill()
            raise

    @property
    def dev(self) -> Superset:
        """Signed in anew: its token is only good for a quarter of an hour."""
        return Superset(self.pair.dev.url)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.running.port}"

    def client(self, name: str) -> Client:
        return Client(self.address, name)

    def command(self, *words: str, stdin: str = "") -> None:
        command = [sys.executable, "manage.py", *words]
        subprocess.run(
            command, env=environment(self._data), cwd=CHECKOUT, input=stdin, text=True, check=True, capture_output=True
        )

    def _settle(self, proxy: Proxy) -> None:
        self.command("create_admin", ADMIN, "--password-stdin", stdin=PASSWORD)
        for name in (AUTHOR, APPROVER):
            self.command("user", "add", name, "--password-stdin", stdin=PASSWORD)
        for name, url, *more in (("dev", self.pair.dev.url), ("prod", proxy.url, "--protected")):
            wanted = ("environment", "add", name, url, "--tier", name, "--username", "admin", "--password-stdin", *more)
            self.command(*wanted, stdin="admin")
        for name, role, where in GRANTS:
            self.command("user", "grant", name, role, "--where", where)
        self._migrate_two()
        self._change_dev()
        for server, kept in zip(self.pair.both, self._kept, strict=True):
            server.save(kept)
        self.client(AUTHOR).sync("dev", "prod")

    def _migrate_two(self) -> None:
        dev = self.dev
        dev.update("dataset", find(dev, "dataset", table_name="cleaned_sales_data"), {"sql": OLD_SQL})
        author = self.client(AUTHOR)
        migration = author.plan(SALES, BIRTHS)
        author.submit(migration)
        self.client(APPROVER).approve(migration)
        author.apply(migration)

    def _change_dev(self) -> None:
        dev = self.dev
        dev.update("dataset", find(dev, "dataset", table_name="cleaned_sales_data"), {"sql": NEW_SQL})
        girls = find(dev, "chart", slice_name="Girls")
        edit_json(dev, "chart", girls, "params", lambda params: params.update(metrics=[METRIC]))
        edit_json(dev, "dashboard", find(dev, "dashboard", slug="births"), "position_json", _taller)

    # --- between and in the stories

    def reset(self) -> None:
        """Both Supersets as they were before the first story, and their catalogues; no mapping is stored, and nothing
        runs."""
        self.gate.open()
        for server, kept in zip(self.pair.both, self._kept, strict=True):
            server.restore(kept)
        author = self.client(AUTHOR)
        for task in author.get("activity")["tasks"]:
            if task["state"] not in OVER:
                author.send("POST", f"tasks/{task['id']}/cancel")
        for mapping in author.get("mappings?source=dev&target=prod")["results"]:
            author.send("DELETE", f"mappings/{mapping['id']}")
        author.sync("dev", "prod")

    def differences(self, *dashboards: str) -> list[str]:
        """By the independent checker."""
        found = compare(self.dev, Superset(self.pair.prod.url), dashboards, databases={EXAMPLES_UUID: WAREHOUSE_UUID})
        return found.differences

    def lines(self, task: int) -> list[tuple[int, str]]:
        """Number and text of each line, as they are stored."""
        [file] = self._data.glob("*.sqlite3")
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            asked = "SELECT seq, text FROM tasks_taskline WHERE task_id = ? ORDER BY seq"
            return [(int(seq), str(text)) for seq, text in database.execute(asked, (task,))]

    def web_process(self) -> int:
        return self.running.children()[0]

    def is_back(self, gone: int) -> bool:
        return is_gone(gone) and self.running.status() == 200


def _taller(position: dict[str, Any]) -> None:
    chart = next(node for node in position.values() if isinstance(node, dict) and node["type"] == "CHART")
    chart["meta"]["height"] += 7


def rename(server: Superset, chart: str, name: str) -> None:
    server.update("chart", find(server, "chart", slice_name=chart), {"slice_name": name})
