"""`python -m rig.hostile`, or `make hostile`: attacks Lockstep and checks that its claims stay true.

Exits with 1 if anything was lost, doubled, left half-way or falsely claimed, or ended in a fault. Runs on SQLite, or in
databases of its own on the server of DATABASE_URL.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rig.errors import RigError
from rig.hostile.attack import Attack
from rig.hostile.judge.table import Judgement, as_markdown, table
from rig.hostile.registry import ATTACKS, FAMILIES
from rig.hostile.runner import run_all


def main() -> int:
    options = _options()
    chosen = _chosen(options) * options.rounds
    if options.list:
        for each in chosen:
            print(f"{'*' if each.ci else ' '} {each.family:11} {each.entry:5} {each.name}")
        print(f"{len(chosen)} attacks; * marks the fixed part (--part ci)")
        return 0
    folder = Path(tempfile.mkdtemp(prefix="lockstep-hostile-"))
    try:
        judgements = run_all(chosen, folder, os.environ.get("DATABASE_URL", ""), jobs=options.jobs)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    _print(judgements, options.format)
    if options.into:
        _keep(judgements, len(chosen), options.into)
    stopped = len(judgements) < len(chosen)
    if stopped:
        print(f"Stopped after {len(judgements)} of {len(chosen)} attacks", file=sys.stderr)
    return 1 if stopped or any(judgement.findings for judgement in judgements) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m rig.hostile",
        description="Attack Lockstep on two real Supersets and check that its claims stay true.",
    )
    parser.add_argument(
        "--part",
        choices=("ci", "all"),
        default="all",
        help="ci: the fixed part that every change must pass; all: every attack (all)",
    )
    parser.add_argument(
        "--family", action="append", choices=FAMILIES, default=[], help="only attacks of this family; repeatable"
    )
    help_of_only = "only attacks whose entry or name contains TEXT; repeatable"
    parser.add_argument("--only", action="append", default=[], metavar="TEXT", help=help_of_only)
    help_of_shard = "the Kth of N parts, which take turns: 1/4 is every fourth attack, from the first on"
    parser.add_argument("--shard", type=_shard, default=(1, 1), metavar="K/N", help=help_of_shard)
    parser.add_argument("--rounds", type=int, default=1, help="how often to run each attack (1)")
    parser.add_argument("--jobs", type=int, default=1, help="attacks at a time, each on two servers of its own (1)")
    parser.add_argument("--list", action="store_true", help="list the attacks and exit")
    parser.add_argument("--format", choices=("text", "markdown", "json"), default="text")
    parser.add_argument(
        "--into", type=Path, metavar="FILE", help="write the table into this document, between its markers"
    )
    return parser.parse_args()


def _chosen(options: argparse.Namespace) -> list[Attack]:
    wanted = [each for each in ATTACKS if not options.family or each.family in options.family]
    phrases = [phrase.lower() for phrase in options.only] or [""]
    wanted = [each for each in wanted if any(phrase in f"{each.entry} {each.name}".lower() for phrase in phrases)]
    first, parts = options.shard
    return [each for each in wanted if each.ci or options.part == "all"][first - 1 :: parts]


def _shard(text: str) -> tuple[int, int]:
    part, _, parts = text.partition("/")
    if not (part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts)):
        raise argparse.ArgumentTypeError(f"{text!r} is not K/N with K from 1 to N, such as 1/4")
    return int(part), int(parts)


BEGIN, END = "<!-- make hostile: begin -->", "<!-- make hostile: end -->"


def _keep(judgements: list[Judgement], chosen: int, path: Path) -> None:
    """Replace the table of the run before."""
    before, rest = path.read_text().split(BEGIN)
    database = "PostgreSQL" if os.environ.get("DATABASE_URL") else "SQLite"
    many = f"{len(judgements)} attacks" if len(judgements) == chosen else f"{len(judgements)} of {chosen} attacks"
    result = f"{datetime.now(UTC):%Y-%m-%d}, on {database}, {many}:"
    open_ones = [f"* {each.entry}, {each.family}: {each.name}: {_line(each)}" for each in judgements if each.findings]
    lines = [
        BEGIN,
        result,
        "",
        as_markdown(table(judgements)),
        *(["", "Failed:", "", *open_ones] if open_ones else []),
    ]
    path.write_text(before + "\n".join(lines) + f"\n{END}" + rest.split(END)[1])


def _line(judgement: Judgement) -> str:
    return " ".join(str(judgement.findings[0]).split())[:160]


def _print(judgements: list[Judgement], form: str) -> None:
    if form == "json":
        print(json.dumps({"attacks": [asdict(each) for each in judgements], "table": table(judgements)}, indent=1))
        return
    print()
    print(as_markdown(table(judgements)))


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupted)  # shells make background processes ignore Ctrl-C
    try:
        raise SystemExit(main())
    except (RigError, KeyboardInterrupt) as error:
        print(str(error) or "Interrupted", file=sys.stderr)
        raise SystemExit(1) from None
