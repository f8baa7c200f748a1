"""Attacks on the web server: secrets in its log, guesses at passwords."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

from rig.hostile.attack import attack
from rig.hostile.judge.verdict import Kind
from rig.hostile.trial import PASSWORD, Trial
from rig.hostile.web import Web, serving
from rig.servers.configuration import ADMIN_PASSWORD


@attack("web", "D3", state="planned", ci=True)
def secrets_in_the_log(trial: Trial) -> None:
    """Everything is logged at DEBUG: without any token, cookie or password"""
    log = trial.lockstep.data / "debug.log"
    trial.lockstep.environment |= {
        "LOCKSTEP_LOG_LEVEL": "DEBUG", "LOCKSTEP_LOG_FILE": str(log), "LOCKSTEP_LOG_FILE_LEVEL": "DEBUG",
    }  # fmt: skip
    with serving(trial) as web:
        headers = web.token()
        person = web.person("ada")
        secrets = [headers["Authorization"].removeprefix("Bearer "), PASSWORD, *person.secrets()]
        web.ask("GET", "/api/v1/migrations", headers=headers)
        for cookie in ({"Cookie": person.cookie()}, headers):
            _handshake(web, cookie)
        person.get("migrations")
        written = web.log + (log.read_text(errors="replace") if log.exists() else "")
    result = trial.run("environment", "check", "prod")
    written += result.text + (log.read_text(errors="replace") if log.exists() else "")
    for secret in secrets:
        trial.expect(secret not in written, f"a secret of {len(secret)} characters is in the log", Kind.FALSE)
    trial.expect(f'"{ADMIN_PASSWORD}", "provider"' not in written, "the password of Superset is in the log", Kind.FALSE)


def _handshake(web: Web, headers: dict[str, str]) -> None:
    asked = {
        **headers, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Origin": f"http://127.0.0.1:{web.port}",
    }  # fmt: skip
    try:
        web.ask("GET", "/ws/tasks", headers=asked, timeout=2.0)
    except OSError:
        return


@attack("web", "D7", state="planned", ci=True)
def guesses_at_once(trial: Trial) -> None:
    """Twenty wrong passwords at the same time: at most five are checked"""
    with serving(trial) as web:
        cookie, csrf = web.anonymous_session()

        def guess(number: int) -> int:
            sent = json.dumps({"username": "ada", "password": f"wrong-{number}"}).encode()
            headers = {"Content-Type": "application/json", "X-CSRFToken": csrf, "Cookie": cookie}
            return web.ask("POST", "/api/v1/session", sent, headers).status

        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(guess, range(20)))
    checked = sum(status in (400, 401, 403) for status in answers)
    trial.transcript.append(f"answers: {sorted(answers)}")
    trial.expect(checked <= 5, f"{checked} of 20 guesses were checked; 5 are allowed", Kind.FALSE)
