"""Real Superset servers on this machine: python -m rig demo | down | clean | up | reset | status."""

from __future__ import annotations

import argparse
import os
import sys

from rig import paths
from rig.demo import demo
from rig.errors import RigError
from rig.progress import Progress
from rig.servers.pair import Pair


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m rig", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    try:
        return COMMANDS[parser.parse_args().command]()
    except RigError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted", file=sys.stderr)
        return 130


def run_demo() -> int:
    return demo.run(demo.ports_from_environment(), oneshot=os.environ.get("DEMO_ONESHOT", "") not in ("", "0"))


def down() -> int:
    demo.down(Progress())
    return 0


def clean() -> int:
    demo.clean(Progress())
    return 0


def _pair() -> Pair:
    ports = demo.ports_from_environment()
    return Pair(paths.demo(), dev_port=ports.dev, prod_port=ports.prod)


def up() -> int:
    """Both servers and nothing else; they stay up."""
    _pair().up(Progress(), advice="Choose others with DEV_PORT and PROD_PORT.")
    return status()


def reset() -> int:
    """Both servers as they were at first, running or not."""
    _pair().reset()
    return 0


def status() -> int:
    for server in _pair().both:
        process = server.process()
        state = f"up on {server.url}, process {process.pid}" if process else "down"
        print(f"{server.name:6}{state:45}{server.folder}")
    return 0


COMMANDS = {"demo": run_demo, "down": down, "clean": clean, "up": up, "reset": reset, "status": status}

if __name__ == "__main__":
    raise SystemExit(main())
