"""`make demo`: two real Supersets, Lockstep over them, and one planned, verified, reversible migration."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rig import locks, paths
from rig.demo.ports import Ports
from rig.demo.result import DASHBOARDS, EXAMPLES, print_table, show_addresses, show_check
from rig.demo.signals import signals_as_interrupt, signals_ignored
from rig.errors import RigError
from rig.lockstep import DONE, FAILED, PENDING, Lockstep
from rig.ports import LOOPBACK
from rig.processes import Process
from rig.progress import Progress
from rig.servers.configuration import ADMIN, ADMIN_PASSWORD
from rig.servers.pair import WAREHOUSE, Pair
from rig.service import GRACE, Service

STOP_SECONDS = GRACE + 20


def run(ports: Ports, *, oneshot: bool) -> int:
    """Run the demo; 0 if the migration succeeded."""
    with locks.try_acquire(_lock()) as alone, signals_as_interrupt():
        if not alone:
            raise RigError(
                f"The demo is already running as process {_holder()}. Use it, or stop it with `make demo-down`."
            )
        progress = Progress()
        pair = Pair(paths.demo(), dev_port=ports.dev, prod_port=ports.prod)
        service = _service()
        try:
            _end_lockstep(service, progress)  # left by a killed demo
            pair.up(progress, advice=ports.advice, also={"Lockstep": ports.lockstep})
            lockstep = prepare(paths.demo() / "lockstep", pair, progress)
            start(lockstep, service, ports.lockstep, progress)
            code = migrate(lockstep, pair)
            if code == DONE:
                fill_catalogue(lockstep, pair, progress)
                _show_access(lockstep, pair, service, ports.lockstep)
                if not oneshot:
                    code = _stay_up(service, progress)
        except KeyboardInterrupt:
            progress.say("Interrupted")
            code = FAILED
        finally:
            with signals_ignored():
                _end_lockstep(service, progress)
                pair.down(progress)
    return code


# --- steps


def prepare(data: Path, pair: Pair, progress: Progress) -> Lockstep:
    """Lockstep on the data of the demo, with an administrator and both environments."""
    ready, ports = data / "demo-ready", f"{pair.dev.port} {pair.prod.port}"
    if data.exists() and (not ready.exists() or ready.read_text() != ports):
        progress.say("Resetting Lockstep's demo data, which is incomplete or for other ports")
        shutil.rmtree(data)
    lockstep = Lockstep(data)
    with progress.step("Preparing Lockstep: database, keys, administrator"):
        lockstep.check_output("migrate", "--verbosity", "0")
        if not ready.exists():
            password = _password_file(lockstep)
            password.touch(mode=0o600)
            password.write_text(secrets.token_urlsafe(16))
            lockstep.check_output("create_admin", ADMIN, "--password-file", str(password))
    if not ready.exists():
        for server in pair.both:
            arguments = ("environment", "add", server.name, server.url, "--username", ADMIN, "--password-stdin")
            if lockstep.show(*arguments, "--tier", server.name, stdin=ADMIN_PASSWORD) != DONE:
                raise RigError(f"“{server.name}” could not be added, see above.")
        ready.write_text(ports)
    return lockstep


def start(lockstep: Lockstep, service: Service, port: int, progress: Progress) -> None:
    """Start web server and worker, and finish the tasks of an interrupted demo."""
    with progress.step("Starting Lockstep's web server and worker"):
        service.start(lockstep, "run", "--port", str(port))
        service.wait_for_output("Working with")
    for task in reversed(lockstep.json("task", "list")):
        if task["state"] in ("queued", "running"):
            progress.say(f"Finishing task {task['id']} of the interrupted demo")
            lockstep.show("task", "lines", str(task["id"]), "--follow")


def migrate(lockstep: Lockstep, pair: Pair) -> int:
    """Plan and apply by the worker, then check; the exit code."""
    chosen = [word for name in DASHBOARDS.values() for word in ("--dashboard", name)]
    mapped = ("--map-database", f"{EXAMPLES}={WAREHOUSE}")
    done = lockstep.show("migration", "plan", pair.dev.name, pair.prod.name, *chosen, *mapped, "--queue")
    if done == PENDING:
        migration = max(int(row["id"]) for row in lockstep.json("migration", "list"))
        done = lockstep.show("migration", "apply", str(migration), "--yes", "--queue")
    if done != DONE:
        print("\nThe migration failed, see above.", flush=True)
        return FAILED
    return DONE if show_check(pair) else FAILED


def fill_catalogue(lockstep: Lockstep, pair: Pair, progress: Progress) -> None:
    """Sync both environments, to have something to look at."""
    print()
    with progress.step("Syncing both environments into the catalogue"), ThreadPoolExecutor() as both:
        for synced in [
            both.submit(lockstep.check_output, "catalogue", "sync", each.name, "--queue") for each in pair.both
        ]:
            synced.result()


def _show_access(lockstep: Lockstep, pair: Pair, service: Service, port: int) -> None:
    show_addresses(pair)
    print_table(
        ["", "Address", "Login"],
        *([server.name, f"{server.url}/", f"{ADMIN} / {ADMIN_PASSWORD}"] for server in pair.both),
        ["Lockstep", f"http://{LOOPBACK}:{port}/admin/", f"{ADMIN} / {_password_file(lockstep).read_text()}"],
    )
    print(f"\nLockstep's data is in {lockstep.data}, its log in {service.log}. To continue by hand:")
    print(f"  LOCKSTEP_DATA_DIR={lockstep.data} .venv/bin/python manage.py migration list\n", flush=True)


def _stay_up(service: Service, progress: Progress) -> int:
    progress.say("All three are up. Ctrl-C stops them, `make demo` starts them again, `make demo-down` removes them")
    with contextlib.suppress(KeyboardInterrupt):
        service.wait()
        progress.say(f"Lockstep exited; {service.log} ends with:\n{service.tail()}")
        return FAILED
    return DONE


def _password_file(lockstep: Lockstep) -> Path:
    return lockstep.data / "demo-admin"


# --- shutdown


def down(progress: Progress) -> None:
    """Stop a running demo and its servers, and remove its data; Superset stays installed."""
    _remove(progress)
    progress.say(
        f"The demo is gone. Superset stays installed in {paths.superset_venv()} (`make demo-clean` removes it)"
    )


def _remove(progress: Progress) -> None:
    with locks.try_acquire(_lock()) as alone:
        if not alone:
            _end_other_demo(progress)
    _end_lockstep(_service(), progress)
    Pair(paths.demo(), dev_port=0, prod_port=0).wipe(progress)
    shutil.rmtree(paths.demo() / "lockstep", ignore_errors=True)
    _service().log.unlink(missing_ok=True)


def clean(progress: Progress) -> None:
    """`down`, and remove what is shared by all demos and tests."""
    _remove(progress)
    with progress.step(f"Removing {paths.superset_venv()} and {paths.template()}"):
        for folder in (paths.superset_venv(), paths.template(), paths.demo()):
            shutil.rmtree(folder, ignore_errors=True)


def _end_other_demo(progress: Progress) -> None:
    process = Process.of(int(_holder() or 0))
    if process is None:
        raise RigError("Another demo is shutting down. Try again.")
    with progress.step(f"Stopping the demo in process {process.pid}"):
        process.ask_to_stop()
        if not process.wait(STOP_SECONDS):
            raise RigError(f"The demo in process {process.pid} did not stop within {STOP_SECONDS} seconds.")


def _service() -> Service:
    return Service("run", paths.demo())


def _end_lockstep(service: Service, progress: Progress) -> None:
    if service.process():
        with progress.step("Stopping Lockstep after its running tasks"):
            service.stop()


def _lock() -> Path:
    return paths.demo() / "lock"


def _holder() -> str:
    return _lock().read_text()
