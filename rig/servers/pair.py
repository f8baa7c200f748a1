"""The two servers of the demo, the tests and the bench: “dev” has the examples, “prod” only their tables.

Each is of the newest release unless another is named.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from rig import locks, paths, ports
from rig.check.rest import Superset
from rig.progress import Progress
from rig.servers import install
from rig.servers.instances import Instance
from rig.servers.older import OlderTemplate
from rig.servers.releases import NEWEST
from rig.servers.template import Template

WAREHOUSE = "warehouse"
WAREHOUSE_UUID = "5b0f8a5e-6a3c-4d55-9b1e-7f3a3f0c9d42"


class Pair:
    """“dev” and “prod” in one folder."""

    def __init__(
        self, folder: Path, *, dev_port: int, prod_port: int, dev_release: str = NEWEST, prod_release: str = NEWEST
    ) -> None:
        self.dev = Instance("dev", folder / "dev", dev_port, dev_release)
        self.prod = Instance("prod", folder / "prod", prod_port, prod_release)

    @property
    def both(self) -> tuple[Instance, Instance]:
        return self.dev, self.prod

    def up(self, progress: Progress, *, advice: str = "", also: dict[str, int] | None = None) -> None:
        """Install, start and fill both servers as necessary, and wait until they respond.

        Running servers are left alone. Raises PortTaken with this advice before anything is started; `also` are further
        ports that must be free.
        """
        stopped = [server for server in self.both if server.process() is None or server.runs_elsewhere()]
        ports.require_free({**{server.name: server.port for server in stopped}, **(also or {})}, advice=advice)
        with ExitStack() as starting:
            with locks.acquire(paths.home() / "lock", on_wait=lambda: progress.say(WAIT)):
                self._start(stopped, starting, progress)
            for server in self.both:
                server.wait_ready()
        if not self.prod.fresh.exists():
            with progress.step(f"Creating the connection “{WAREHOUSE}” on prod"):
                self._connect_warehouse()

    def _start(self, stopped: list[Instance], starting: ExitStack, progress: Progress) -> None:
        releases = {NEWEST, *(server.release for server in self.both)}
        venvs = {release: install.superset(release, progress) for release in sorted(releases, reverse=True)}
        with Template(paths.template(), progress).made(venvs[NEWEST]) as newest:
            templates: dict[str, Template | OlderTemplate] = {NEWEST: newest}
            for release in releases - {NEWEST}:
                templates[release] = OlderTemplate(release, venvs[release], newest, progress)
            for server in self.both:
                templates[server.release].wait_for_bare()
            if stopped:
                starting.enter_context(progress.step(f"Starting {' and '.join(server.name for server in stopped)}"))
            for server in stopped:
                server.stop()
                server.prepare(templates[server.release].bare)
                server.start(venvs[server.release])
            newest.wait_for_filled()
            templates[self.dev.release].wait_for_filled()
            for server in self.both:
                server.put_tables(newest.tables)
            self._fill(templates[self.dev.release].filled)

    def _fill(self, filled: Path) -> None:
        if not self.dev.fresh.exists():
            self.dev.put_content(filled)
            self.dev.save(self.dev.fresh)

    def _connect_warehouse(self) -> None:
        prod = Superset(self.prod.url)
        if not any(row["uuid"] == WAREHOUSE_UUID for row in prod.rows("database", "uuid")):
            fields = {"database_name": WAREHOUSE, "uuid": WAREHOUSE_UUID, "sqlalchemy_uri": self.prod.tables_uri}
            prod.create("database", fields)
        self.prod.save(self.prod.fresh)

    def reset(self) -> None:
        """Reset both to their initial content, running or not."""
        for server in self.both:
            if server.fresh.exists():
                server.restore(server.fresh)

    def down(self, progress: Progress) -> None:
        """Stop both, if they run."""
        running = [server for server in self.both if server.process()]
        if running:
            with progress.step(f"Stopping {' and '.join(server.name for server in running)}"):
                for server in running:
                    server.ask_to_stop()
                for server in running:
                    server.stop()

    def wipe(self, progress: Progress) -> None:
        """Stop both and remove their folders."""
        self.down(progress)
        for server in self.both:
            server.wipe()


WAIT = "Waiting for another process that installs Superset or creates its databases"
