"""What a start prints at its end: addresses, logins that hold, what to do next, and as the last where Lockstep is."""

from __future__ import annotations

import os
import sys
from http.client import UNAUTHORIZED

from rig.check.rest import RestError, Superset
from rig.demo.found import Found, look
from rig.demo.next_steps import NextSteps, Step
from rig.demo.people import ADMINISTRATOR, APPROVER, PEOPLE, password_of
from rig.demo.result import DASHBOARDS, addresses
from rig.errors import RigError
from rig.lockstep import Lockstep
from rig.servers.configuration import ADMIN, ADMIN_PASSWORD
from rig.servers.pair import Pair

ROLES = {ADMINISTRATOR: "plans and applies", APPROVER: "approves on prod"}


def show(lockstep: Lockstep, pair: Pair, address: str) -> None:
    """Print it all. Whatever people have changed since is said, and is no failure."""
    servers = {each.name: _signed_in(each.url) for each in pair.both}
    _show_dashboards(pair, servers)
    found: Found | None
    try:
        found = look(lockstep, pair)
    except RigError as unreadable:
        print(f"\n{unreadable}")
        found = None
    _show_logins(lockstep, pair, servers, address, found)
    if found:
        _show_next(NextSteps(found, lockstep, pair), address, found)


def show_address(address: str) -> None:
    """The last line that stays on the screen."""
    print(f"\n  Lockstep:  {_bold(address)}\n", flush=True)


def _signed_in(url: str) -> Superset | str:
    """The server, or why there is no way in."""
    try:
        return Superset(url)
    except RestError as refused:
        return "the password was changed" if refused.status == UNAUTHORIZED else "the sign-in failed"
    except RigError:
        return "no response"


def _show_dashboards(pair: Pair, servers: dict[str, Superset | str]) -> None:
    columns = []
    for each in pair.both:
        server = servers[each.name]
        try:
            columns.append(["?"] * len(DASHBOARDS) if isinstance(server, str) else addresses(each.url, server))
        except RigError:
            columns.append(["?"] * len(DASHBOARDS))
    print_table(["", *(each.name for each in pair.both)], *map(list, zip(DASHBOARDS, *columns, strict=True)))


def _show_logins(
    lockstep: Lockstep, pair: Pair, servers: dict[str, Superset | str], address: str, found: Found | None
) -> None:
    rows = [["", "Address", "Login", "For"]]
    for each in pair.both:
        server = servers[each.name]
        login = f"{ADMIN}: {server}" if isinstance(server, str) else f"{ADMIN} / {ADMIN_PASSWORD}"
        rows.append([each.name, f"{each.url}/", login, "looking around"])
    for name in PEOPLE:
        rows.append(["Lockstep", address, _login(lockstep, name, found), ROLES[name]])
    print_table(*rows)


def _login(lockstep: Lockstep, name: str, found: Found | None) -> str:
    if found is None:
        return f"{name}: unknown"
    hindrance = found.people[name]
    password = password_of(lockstep.data, name)
    if hindrance == "may not approve" and name != APPROVER:
        hindrance = ""
    if not hindrance:
        return f"{name} / {password}"
    said = {"password changed": "the password was changed", "gone": "the account was removed"}
    if hindrance == "may not approve":
        return f"{name} / {password} (may no longer approve)"
    return f"{name}: {said.get(hindrance, hindrance)}"


def _show_next(next_steps: NextSteps, address: str, found: Found) -> None:
    for task in found.tasks:
        print(f"\n{task[0].upper()}{task[1:]} is not finished: Lockstep's worker goes on with it.")
    if found.target and found.frozen:
        print(f"\n{found.target.slug} is frozen until {found.frozen}: nothing is applied there before.")
    print(f"\n{_bold('Next')} (type the commands in another terminal, in this folder)")
    for number, step in enumerate(next_steps.steps(address), 1):
        _show_step(f"{number}.", step)
    if undo := next_steps.undo():
        _show_step("·", undo)


def _show_step(mark: str, step: Step) -> None:
    print(f"  {mark:2} {step.words}{':' if step.commands else '.'}")
    for command in step.commands:
        print(f"         {command}")
    if step.clicks:
        print(f"       In the browser: {step.clicks}")


def print_table(*rows: list[str]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    print()
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip(), flush=True)


def _bold(text: str) -> str:
    return f"\x1b[1m{text}\x1b[0m" if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else text
