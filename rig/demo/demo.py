"""`make demo`: two real Supersets and Lockstep over them. The first start plays a story; later ones only start."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from rig import locks, paths
from rig.demo import application, browser, closing, story
from rig.demo.people import ADMINISTRATOR, new_password
from rig.demo.ports import Ports, forget, remember
from rig.demo.releases import demo_pair
from rig.demo.signals import signals_as_interrupt, signals_ignored
from rig.errors import RigError
from rig.lockstep import DONE, FAILED, Lockstep
from rig.ports import LOOPBACK
from rig.processes import Process
from rig.progress import Progress
from rig.servers.pair import Pair
from rig.servers.releases import RELEASES
from rig.service import GRACE, Service

STOP_SECONDS = GRACE + 20


def run(ports: Ports, *, oneshot: bool) -> int:
    """Run the demo until Ctrl-C; 0 unless something did not start, or the story did not get to its end."""
    with locks.try_acquire(_lock()) as alone, signals_as_interrupt():
        if not alone:
            raise RigError(
                f"The demo is already running as process {_holder()}. Use it, or stop it with `make demo-down`."
            )
        progress = Progress()
        pair = demo_pair(ports)
        service = _service()
        try:
            _end_lockstep(service, progress)  # left by a killed demo
            with application.being_built(progress) as wait_for_build:
                pair.up(progress, advice=ports.advice, also={"Lockstep": ports.lockstep})
                wait_for_build()
            remember(ports)
            code = start(pair, service, Lockstep(_data()), ports.lockstep, progress)
            if code == DONE and not oneshot:
                code = _stay_up(service, _address(ports.lockstep), progress)
        except KeyboardInterrupt:
            progress.say("Interrupted")
            code = FAILED
        finally:
            with signals_ignored():
                _end_lockstep(service, progress)
                pair.down(progress)
    return code


def start(pair: Pair, service: Service, lockstep: Lockstep, port: int, progress: Progress) -> int:
    """Start Lockstep over running servers, play the story unless it is complete, and show where to go on."""
    complete = story.is_complete(lockstep)
    if not complete:
        story.reset_unfinished(lockstep, pair, progress)
    with progress.step("Preparing Lockstep: database, keys, administrator"):
        lockstep.check_output("migrate", "--verbosity", "0")
        if not complete:
            password = new_password(lockstep.data, ADMINISTRATOR)
            lockstep.check_output("create_admin", ADMINISTRATOR, "--password-file", str(password))
    with progress.step("Starting Lockstep's web server and worker"):
        service.start(lockstep, "run", "--port", str(port))
        service.wait_for_output("Working with")
    if not complete:
        try:
            story.play(story.Stage(pair, lockstep, f"http://{LOOPBACK}:{port}", progress))
        except RigError as error:
            print(f"{error}\nThe next `make demo` starts over.", flush=True)
            return FAILED
    closing.show(lockstep, pair, _address(port))
    return DONE


def _stay_up(service: Service, address: str, progress: Progress) -> int:
    print()
    progress.say("All three are up. Ctrl-C stops them, `make demo` starts them again, `make demo-down` removes them")
    closing.show_address(address)
    browser.open_page(address)
    with contextlib.suppress(KeyboardInterrupt):
        service.wait()
        progress.say(f"Lockstep exited; {service.log} ends with:\n{service.tail()}")
        return FAILED
    return DONE


def _address(port: int) -> str:
    return f"http://{LOOPBACK}:{port}/"


# --- shutdown


def down(progress: Progress) -> None:
    """Stop a running demo and its servers, and remove its data; Superset stays installed."""
    _remove(progress)
    progress.say(f"The demo is gone. Superset stays installed in {paths.home()} (`make demo-clean` removes it)")


def _remove(progress: Progress) -> None:
    with locks.try_acquire(_lock()) as alone:
        if not alone:
            _end_other_demo(progress)
    _end_lockstep(_service(), progress)
    Pair(paths.demo(), dev_port=0, prod_port=0).wipe(progress)
    shutil.rmtree(_data(), ignore_errors=True)
    _service().log.unlink(missing_ok=True)
    forget()


def clean(progress: Progress) -> None:
    """`down`, and remove what is shared by all demos and tests."""
    _remove(progress)
    shared = [path for release in RELEASES for path in (paths.superset_venv(release), paths.template(release))]
    with progress.step(f"Removing every installed Superset from {paths.home()}"):
        for folder in (*shared, paths.demo()):
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


def _data() -> Path:
    return paths.demo() / "lockstep"


def _lock() -> Path:
    return paths.demo() / "lock"


def _holder() -> str:
    return _lock().read_text()
