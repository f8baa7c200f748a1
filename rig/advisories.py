"""`python -m rig.advisories`: checks the locked Python and front-end packages for known vulnerabilities.

Exits with 1 if there is one. An unreachable source, or a package that it does not know, is reported as “not checked”
and is no failure, so that work without a network goes on.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[1]
TIMEOUT = 300
"""Timeout of one source in seconds."""

PYTHON = ("requirements.lock", "requirements-dev.lock")
FRONT_END = "frontend"


@dataclass(frozen=True, slots=True)
class Report:
    """Known vulnerabilities of one list of packages, and what could not be checked."""

    what: str
    flaws: tuple[str, ...] = ()
    not_checked: str = ""

    @property
    def lines(self) -> list[str]:
        lines = [f"✗ {self.what}: {flaw}" for flaw in self.flaws]
        if self.not_checked:
            lines.append(f"? {self.what}: not checked: {self.not_checked}")
        return lines or [f"✓ {self.what}: no known vulnerabilities"]


def python_report(what: str, output: str) -> Report:
    """Read the JSON output of pip-audit."""
    document = _document(output)
    packages = document.get("dependencies") if document else None
    if packages is None:
        return Report(what, not_checked=_last_line(output))
    flaws = tuple(
        f"{each['name']} {each['version']}: {flaw['id']}, fixed in {', '.join(flaw['fix_versions']) or 'no release'}"
        for each in packages
        for flaw in each.get("vulns", ())
    )
    skipped = [each["skip_reason"] for each in packages if "skip_reason" in each]
    not_checked = f"{len(skipped)} of {len(packages)} packages: {skipped[0]}" if skipped else ""
    return Report(what, flaws, not_checked)


def front_end_report(what: str, output: str) -> Report:
    """Read the output of `npm audit --json`."""
    document = _document(output)
    if document is None or "vulnerabilities" not in document:
        return Report(what, not_checked=str((document or {}).get("message") or _last_line(output)))
    flaws = document["vulnerabilities"].items()
    return Report(what, tuple(f"{name} {flaw['range']}: {flaw['severity']}" for name, flaw in flaws))


def ask(what: str, arguments: list[str], folder: Path, read: Callable[[str, str], Report]) -> Report:
    try:
        done = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Report(what, not_checked=str(error))
    return read(what, done.stdout if done.stdout.strip() else done.stderr)


def main() -> int:
    python = [str(Path(sys.executable).parent / "pip-audit"), "--disable-pip", "--require-hashes", "--format", "json"]
    quiet = ["--progress-spinner", "off"]
    reports = [ask(name, [*python, *quiet, "--requirement", name], CHECKOUT, python_report) for name in PYTHON]
    npm = ["npm", "audit", "--json"]
    reports.append(ask(FRONT_END, npm, CHECKOUT / FRONT_END, front_end_report))
    for report in reports:
        print("\n".join(report.lines))
    return 1 if any(report.flaws for report in reports) else 0


def _document(output: str) -> dict[str, Any] | None:
    try:
        found = json.loads(output)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _last_line(output: str) -> str:
    return (output.strip().splitlines() or ["no output"])[-1][:200]


if __name__ == "__main__":
    sys.exit(main())
