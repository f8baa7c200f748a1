"""A directory of people (OpenLDAP's slapd) on loopback, and the settings that let a Superset sign its users in there.

slapd and the Python module come from the system's packages (Debian, Ubuntu: `slapd`, `python3-ldap`): python-ldap has
no wheels, and Superset does not install it.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rig.errors import RigError
from rig.ports import LOOPBACK

SUFFIX = "dc=example,dc=org"
READER = f"cn=reader,{SUFFIX}"
READER_PASSWORD = "may only read"
PEOPLE = f"ou=people,{SUFFIX}"
SCHEMAS = ("core", "cosine", "inetorgperson")
PACKAGES = Path("/usr/lib/python3/dist-packages")
START_SECONDS = 20

CONFIGURATION = """\
{schemas}
modulepath /usr/lib/ldap
moduleload back_mdb
database mdb
maxsize 16777216
suffix "{suffix}"
rootdn "{reader}"
rootpw "{password}"
directory "{data}"
"""

ENTRIES = """\
dn: {suffix}
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: {people}
objectClass: organizationalUnit
ou: people
"""

PERSON = """
dn: uid={name},{people}
objectClass: inetOrgPerson
uid: {name}
cn: {name}
givenName: {name}
sn: Person
mail: {name}@example.org
userPassword: {password}
"""

SETTINGS = """
import sys

sys.path.append({packages!r})  # python-ldap
AUTH_TYPE = 2  # flask_appbuilder.const.AUTH_LDAP
AUTH_LDAP_SERVER = {url!r}
AUTH_LDAP_BIND_USER = {reader!r}
AUTH_LDAP_BIND_PASSWORD = {password!r}
AUTH_LDAP_SEARCH = {people!r}
AUTH_LDAP_UID_FIELD = "uid"
AUTH_USER_REGISTRATION = True
AUTH_USER_REGISTRATION_ROLE = "Admin"
RECAPTCHA_PUBLIC_KEY = ""  # or the sign-in page fails with 500 (6.1.0)
"""


def program() -> str:
    """The path of slapd, which is often not on PATH; empty if it or python-ldap is missing."""
    found = shutil.which("slapd") or shutil.which("slapd", path="/usr/sbin:/usr/local/sbin")
    return found if found and any(PACKAGES.glob("_ldap.cpython-311-*.so")) else ""


@dataclass(frozen=True)
class Directory:
    """A running directory."""

    url: str

    @property
    def settings(self) -> str:
        """What is added to superset_config.py: everybody in the directory becomes an administrator."""
        return SETTINGS.format(
            packages=str(PACKAGES), url=self.url, reader=READER, password=READER_PASSWORD, people=PEOPLE
        )


@contextlib.contextmanager
def directory(folder: Path, port: int, people: dict[str, str]) -> Iterator[Directory]:
    """Run one with these people (password by name) until the end of the block."""
    configuration = _written(folder, people)
    url = f"ldap://{LOOPBACK}:{port}"
    # -d 0 keeps it in the foreground, and so ours to stop
    process = subprocess.Popen([program(), "-d", "0", "-h", url, "-f", str(configuration)])
    try:
        _wait_for(port, process)
        yield Directory(url)
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


def _written(folder: Path, people: dict[str, str]) -> Path:
    data = folder / "data"
    data.mkdir(parents=True)
    configuration, entries = folder / "slapd.conf", folder / "people.ldif"
    schemas = "\n".join(f"include /etc/ldap/schema/{name}.schema" for name in SCHEMAS)
    configuration.write_text(
        CONFIGURATION.format(schemas=schemas, suffix=SUFFIX, reader=READER, password=READER_PASSWORD, data=data)
    )
    persons = (PERSON.format(name=name, people=PEOPLE, password=password) for name, password in people.items())
    entries.write_text(ENTRIES.format(suffix=SUFFIX, people=PEOPLE) + "".join(persons))
    # The same program, by another name
    subprocess.run([program(), "-T", "add", "-f", str(configuration), "-l", str(entries)], check=True)
    return configuration


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
            return
        time.sleep(0.05)
    raise RigError("slapd did not start")
