"""The examples for a TLS proxy, as they are in the documents, in front of an installed Lockstep."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from websockets.sync.client import connect

from project.tests.package.conftest import Browser, Installed, Operator, RunningInstalled
from project.tests.running import CHECKOUT, PATIENCE, free_port, wait_until

pytestmark = pytest.mark.package

EXAMPLES = CHECKOUT / "docs" / "examples" / "proxy"
NAME = "lockstep.example.org"
HOST = "localhost"
"""Its name in these tests: they look up no other one."""

FORGED = {"X-Forwarded-Proto": "http", "X-Forwarded-For": "203.0.113.9"}
"""What a client may not say of itself."""


def program(name: str) -> str:
    """Its path. CI has each of them; elsewhere a missing one skips the test."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if not found and os.environ.get("CI") != "true":
        pytest.skip(f"{name} is not installed")
    assert found, f"{name} is not installed"
    return found


class Proxy:
    """A certificate for the host, and two ports: plain and TLS."""

    def __init__(self, place: Path, backend: int) -> None:
        self.place, self.backend, self.plain, self.tls = place, backend, free_port(), free_port()
        self.certificate, self.key = place / "certificate.pem", place / "key.pem"
        place.mkdir()
        subject = ("-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}")
        kind = ("-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
        files = ("-keyout", str(self.key), "-out", str(self.certificate))
        subprocess.run(["openssl", "req", *kind, *subject, *files], check=True, capture_output=True)

    def nginx(self) -> list[list[str]]:
        site = (EXAMPLES / "nginx.conf").read_text().replace(NAME, HOST)
        site = site.replace("listen 80;", f"listen 127.0.0.1:{self.plain};")
        site = site.replace("listen 443 ", f"listen 127.0.0.1:{self.tls} ")
        site = site.replace("127.0.0.1:8000", f"127.0.0.1:{self.backend}")
        site = site.replace(f"/etc/ssl/certs/{HOST}.pem", str(self.certificate))
        site = site.replace(f"/etc/ssl/private/{HOST}.key", str(self.key))
        bodies = "".join(
            f"{kind}_temp_path {self.place}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        main = f"daemon off; pid {self.place}/pid; error_log stderr; events {{}} http {{ access_log off; {bodies}\n"
        (self.place / "nginx.conf").write_text(f"{main}{site}}}\n")
        command = [program("nginx"), "-e", "stderr", "-p", str(self.place), "-c", str(self.place / "nginx.conf")]
        return [[*command, "-t"], command]

    def caddy(self) -> list[list[str]]:
        site = (EXAMPLES / "Caddyfile").read_text().replace("127.0.0.1:8000", f"127.0.0.1:{self.backend}")
        site = site.replace(f"{NAME} {{", f"{HOST} {{\n\ttls {self.certificate} {self.key}")
        ports = f"{{\n\tadmin off\n\thttp_port {self.plain}\n\thttps_port {self.tls}\n}}\n"
        (self.place / "Caddyfile").write_text(ports + site)
        words = ("--config", str(self.place / "Caddyfile"), "--adapter", "caddyfile")
        caddy = program("caddy")
        return [[caddy, "validate", *words], [caddy, "run", *words]]


@pytest.fixture(scope="module")
def lockstep(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningInstalled]:
    operator = Operator(installed, tmp_path_factory.mktemp("lockstep") / "home")
    run = RunningInstalled(operator, LOCKSTEP_HTTPS="1", LOCKSTEP_ALLOWED_HOSTS=HOST)
    try:
        wait_until(lambda: "Working with" in run.told, f"it does not start: {run.told}")
        operator.create_admin()
        yield run
    finally:
        run.kill()


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def proxy(
    request: pytest.FixtureRequest, lockstep: RunningInstalled, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    place = tmp_path_factory.mktemp("proxy")
    made = Proxy(place / "etc", lockstep.port)
    check, command = getattr(made, request.param)()
    home = os.environ | {"HOME": str(place), "XDG_DATA_HOME": str(place / "xdg")}
    checked = subprocess.run(check, env=home, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    with (place / "proxy.log").open("w") as log:
        process = subprocess.Popen(command, env=home, stdout=log, stderr=log)
    try:
        wait_until(lambda: answers(made), "the proxy does not answer")
        yield made
    finally:
        process.terminate()
        process.wait(PATIENCE)


def answers(proxy: Proxy) -> bool:
    try:
        return requests.get(f"https://{HOST}:{proxy.tls}/", verify=str(proxy.certificate), timeout=5).ok
    except requests.ConnectionError:
        return False


@pytest.fixture
def browser(proxy: Proxy) -> Browser:
    found = Browser(f"https://{HOST}:{proxy.tls}")
    found.session.trust_env = False  # or a bundle of the machine's would win
    found.session.verify = str(proxy.certificate)
    found.session.headers["Origin"] = found.address
    found.session.headers["Referer"] = f"{found.address}/"
    return found


def test_the_admin_opens_through_the_proxy_and_its_cookies_travel_by_tls_only(proxy, browser, lockstep):
    browser.session.headers.update(FORGED)
    signed_in = browser.sign_in()
    assert (signed_in.status_code, signed_in.url) == (200, f"{browser.address}/admin/")
    assert {cookie.name: cookie.secure for cookie in browser.session.cookies} == {
        "lockstep_session": True,
        "lockstep_csrf": True,
    }
    assert signed_in.headers["Strict-Transport-Security"].startswith("max-age=")
    sessions = browser.session.get(f"{browser.address}/api/v1/audit?action=session.sign_in", timeout=PATIENCE).text
    assert FORGED["X-Forwarded-For"] not in sessions
    assert "127.0.0.1" in sessions

    plain = requests.get(f"http://{HOST}:{proxy.plain}/admin/", allow_redirects=False, timeout=PATIENCE)
    assert plain.status_code in {301, 308}
    assert plain.headers["Location"].startswith(f"https://{HOST}")


def test_the_live_log_opens_through_the_proxy(proxy, browser):
    browser.sign_in()
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.session.cookies)
    with connect(
        f"wss://{HOST}:{proxy.tls}/ws/activity/",
        ssl=ssl.create_default_context(cafile=str(proxy.certificate)),
        origin=browser.address,
        additional_headers={"Cookie": cookies},
        open_timeout=PATIENCE,
    ) as socket:
        assert "counts" in socket.recv(timeout=PATIENCE)


def test_a_large_request_is_refused_at_the_proxy_or_behind_it(browser):
    answer = browser.session.post(f"{browser.address}/api/v1/session", data=b"x" * 3_000_000, timeout=PATIENCE)
    assert answer.status_code == 413
