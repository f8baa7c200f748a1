"""`python -m rig COMMAND`: the demo, and the two real Superset servers behind it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

from rig.bundle.bundle import main as build_bundle
from rig.demo import demo
from rig.demo.ports import ports_from_environment
from rig.demo.releases import demo_pair
from rig.errors import RigError
from rig.image import main as build_image
from rig.progress import Progress
from rig.servers.pair import Pair


def main() -> int:
    command = _parsed()
    try:
        return command()
    except RigError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted", file=sys.stderr)
        return 130


def _parsed() -> Callable[[], int]:
    parser = argparse.ArgumentParser(
        prog="python -m rig", description="Run the demo and the two real Superset servers behind it."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        commands.add_parser(name, help=command.__doc__, description=command.__doc__)
    return COMMANDS[parser.parse_args().command]


def run_demo() -> int:
    """Start two Supersets and Lockstep; the first time, migrate three dashboards (make demo)."""
    return demo.run(ports_from_environment(), oneshot=os.environ.get("DEMO_ONESHOT", "") not in ("", "0"))


def down() -> int:
    """Stop the demo and remove its data; Superset stays installed (make demo-down)."""
    demo.down(Progress())
    return 0


def clean() -> int:
    """Remove the demo and every installed Superset (make demo-clean)."""
    demo.clean(Progress())
    return 0


def image() -> int:
    """Build the image of Lockstep into dist, without a container engine (make image)."""
    build_image(Progress())
    return 0


def bundle() -> int:
    """Write an archive for a site without a network into dist (make bundle)."""
    build_bundle(Progress())
    return 0


def _pair() -> Pair:
    return demo_pair(ports_from_environment())


def up() -> int:
    """Start both Supersets without Lockstep; they stay up."""
    _pair().up(Progress(), advice="Choose other ports with DEV_PORT and PROD_PORT.")
    return status()


def reset() -> int:
    """Reset both Supersets to their initial content, running or not."""
    _pair().reset()
    return 0


def status() -> int:
    """Show which of the two Supersets are up."""
    for server in _pair().both:
        process = server.process()
        state = f"up on {server.url}, process {process.pid}" if process else "down"
        print(f"{server.name:6}{server.release:7}{state:45}{server.folder}")
    return 0


COMMANDS = {
    "demo": run_demo,
    "down": down,
    "clean": clean,
    "up": up,
    "reset": reset,
    "status": status,
    "image": image,
    "bundle": bundle,
}

if __name__ == "__main__":
    raise SystemExit(main())
