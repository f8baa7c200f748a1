# [DEF:doctor.management.output:Module]
# @COMPLEXITY: 2
# @PURPOSE: Findings as output of the command.
# @RELATION DEPENDS_ON -> core.management.output
# @RELATION DEPENDS_ON -> doctor.findings

from __future__ import annotations

from collections.abc import Sequence

from apps.contracts.plain_text import name, one_line
from apps.core.management import colour
from apps.core.management.colour import Colour
from apps.core.management.output import DONE, FAILED, PENDING, Output, markdown_table
from apps.doctor.findings import Finding, State, worst
from apps.doctor.management import messages
from apps.doctor.messages import STATES, TITLES

EXIT_CODES = {State.OK: DONE, State.WARNING: PENDING, State.FAILED: FAILED}
COLOURS = {State.OK: Colour.GREEN, State.WARNING: Colour.YELLOW, State.FAILED: Colour.RED, State.UNKNOWN: Colour.QUIET}
HEADERS = ("STATE", "CHECK", "FINDING", "WHAT TO DO")


def findings_output(findings: Sequence[Finding]) -> Output:
    state = worst(findings)
    rows = [_cells(each) for each in findings]
    data = {"state": state.value, "checks": [each.data() for each in findings]}
    text = "\n".join(_lines(rows))
    return Output(data, text, markdown_table(HEADERS, rows), EXIT_CODES[state], _painted)


def _cells(found: Finding) -> tuple[str, str, str, str]:
    title, data = str(TITLES[found.check]), found.data()
    if found.environment:
        title = messages.WHERE.format(environment=name(found.environment), check=title)
    return str(STATES[found.state]), title, one_line(data["sentence"]), one_line(data["next_step"])


def _lines(rows: Sequence[tuple[str, str, str, str]]) -> list[str]:
    """What to do stands below what was found."""
    states, titles = (max(len(row[column]) for row in rows) for column in (0, 1))
    lines = []
    for state, title, sentence, step in rows:
        lines.append(f"{state:{states}}  {title:{titles}}  {sentence}".rstrip())
        if step:
            lines.append(f"{'':{states + titles + 4}}{step}")
    return lines


def _painted(text: str) -> str:
    return colour.painted_starts(text, {str(STATES[state]): shade for state, shade in COLOURS.items()})
