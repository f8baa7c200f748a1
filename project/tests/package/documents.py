"""The commands of a document, run as they are written, in a place of the test's own."""

from __future__ import annotations

import re
import subprocess
import textwrap
from pathlib import Path

from project.tests.package.conftest import Operator
from project.tests.running import CHECKOUT

BLOCK = re.compile(r"(?:^ {4,}\S.*\n(?:\n(?= {4}))?)+", re.MULTILINE)
SHIMS = {
    "systemctl": 'echo "systemctl $*" >> "$HOME/acts"',
    "runuser": 'shift 3; exec "$@"',  # runuser -u USER -- COMMAND
}
OWNERS = re.compile(r" --(?:owner|group)=lockstep(?= )")


def blocks(document: str, heading: str) -> list[str]:
    """The blocks of commands below this heading."""
    text = (CHECKOUT / "docs" / document).read_text()
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [textwrap.dedent(block) for block in BLOCK.findall(section)]


class Machine:
    """A stand-in for the operator's: its directories in one of the test's, no systemd and no other user."""

    def __init__(self, operator: Operator, place: Path, **variables: str) -> None:
        self.operator, self.place, self.variables = operator, place, variables
        self.data, self.shims = place / "var/lib/lockstep", place / "shims"
        self.data.mkdir(parents=True)
        self.shims.mkdir()
        (place / "etc/lockstep").mkdir(parents=True)
        (place / "etc/lockstep/lockstep.env").write_text("LOCKSTEP_PORT=8000\n")
        for name, script in SHIMS.items():
            (self.shims / name).write_text(f"#!/bin/sh\n{script}\n")
            (self.shims / name).chmod(0o755)

    def environment(self) -> dict[str, str]:
        plain = self.operator.environment(LOCKSTEP_DATA_DIR=str(self.data), **self.variables)
        return plain | {"PATH": f"{self.shims}:{plain['PATH']}"}

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        """As root would, with an end at the first command that fails."""
        placed = OWNERS.sub("", re.sub(r"(?<![\w.])/(?=(?:var|etc)/)", f"{self.place}/", script))
        words = ["bash", "-euo", "pipefail", "-c", placed]
        return subprocess.run(
            words, env=self.environment(), cwd=self.place, capture_output=True, text=True, check=False
        )

    def lockstep(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return self.operator.run(*words, stdin=stdin, LOCKSTEP_DATA_DIR=str(self.data), **self.variables)

    def acts(self) -> list[str]:
        return (self.operator.home / "acts").read_text().splitlines()
