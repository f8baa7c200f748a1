"""Debian's Firefox for Playwright, which speaks WebDriver BiDi to it.

Playwright 1.65 emulates media features in every new context; Firefox 153 ESR does not know that command yet. So this
file is what Playwright starts: it starts Firefox and stands between the two, and where Firefox says that it does not
know the command, Playwright hears that it is done. What a test wants of the media it sets as a preference.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

NAME = "firefox-esr"
COMMAND = "emulation.setMediaFeaturesOverride"
PREFERENCES: dict[str, str | float | bool] = {"ui.prefersReducedMotion": 1}
LISTENING = re.compile(r"(?<=WebDriver BiDi listening on )ws://\S+")


def is_installed() -> bool:
    return shutil.which(NAME) is not None


@contextmanager
def firefox_of(playwright: Playwright, folder: Path) -> Iterator[Browser]:
    starter = folder / "firefox"
    starter.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P "{__file__}" "$@"\n')
    starter.chmod(0o700)
    browser = playwright.firefox.launch(
        channel="moz-firefox", executable_path=starter, firefox_user_prefs=PREFERENCES, timeout=60_000
    )
    yield browser
    browser.close()


# --- what Playwright starts


async def main(*arguments: str) -> int:
    """Firefox, whose address is told as the one of the relay."""
    firefox = await asyncio.create_subprocess_exec(NAME, *arguments, stderr=asyncio.subprocess.PIPE)
    assert firefox.stderr
    address = ""

    async def relay(playwright: ServerConnection) -> None:
        assert playwright.request
        async with connect(address + playwright.request.path, max_size=None) as there:
            await _relay(playwright, there)

    async with serve(relay, "127.0.0.1", 0, max_size=None) as server:
        [port] = {each.getsockname()[1] for each in server.sockets}
        async for line in firefox.stderr:
            text = line.decode(errors="replace")
            if found := LISTENING.search(text):
                address = found[0]
            sys.stderr.write(LISTENING.sub(f"ws://127.0.0.1:{port}", text))
            sys.stderr.flush()
    return await firefox.wait()


async def _relay(playwright: ServerConnection, firefox: ClientConnection) -> None:
    """Hand on every message, until one of the two is gone."""
    forgiven: set[int] = set()

    async def ask() -> None:
        async for message in playwright:
            command = json.loads(message)
            if command["method"] == COMMAND:
                forgiven.add(command["id"])
            await firefox.send(message)

    async def answer() -> None:
        async for message in firefox:
            said = json.loads(message)
            if said.get("error") == "unknown command" and said["id"] in forgiven:
                await playwright.send(json.dumps({"type": "success", "id": said["id"], "result": {}}))
            else:
                await playwright.send(message)

    both = [asyncio.create_task(ask()), asyncio.create_task(answer())]
    _, waiting = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
