"""The machine that a bundle is for: its Python, its platform, and what of a lock file it needs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from packaging.markers import Marker

from rig.errors import RigError

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORM = re.compile(r"manylinux_2_(\d+)_(x86_64|aarch64)")
OLDEST = 5
OLDER = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
"""What a platform was called before its name was that of a release of glibc."""

ENTRY = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)(?: ; (?P<marker>[^\\\n]+?))?"
    r"(?P<hashes>(?: \\\n +--hash=\S+)+)$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Requirement:
    """A package of a lock file with the hashes of its archives, `sha256:…`."""

    name: str
    version: str
    hashes: tuple[str, ...]

    def __str__(self) -> str:
        return " \\\n".join([f"{self.name}=={self.version}", *(f"    --hash={each}" for each in self.hashes)])


@dataclass(frozen=True)
class Target:
    """CPython of this version on Linux with this glibc or a newer one."""

    python: str
    platform: str

    def __post_init__(self) -> None:
        if self.python not in PYTHONS:
            raise RigError(f"TARGET is a version of Python ({', '.join(PYTHONS)}), not “{self.python}”.")
        if not PLATFORM.fullmatch(self.platform):
            raise RigError(f"PLATFORM is one such as manylinux_2_28_x86_64, not “{self.platform}”.")

    def __str__(self) -> str:
        return f"py{self.python}-{self.platform}"

    @property
    def glibc(self) -> int:
        """The second number of the oldest glibc: 28 for 2.28."""
        return int(self._parts[0])

    @property
    def machine(self) -> str:
        """As `uname -m` prints it."""
        return self._parts[1]

    @property
    def _parts(self) -> tuple[str, ...]:
        match = PLATFORM.fullmatch(self.platform)
        assert match
        return match.groups()

    @property
    def platforms(self) -> list[str]:
        """Every platform whose wheels run there, the newest first."""
        found = []
        for minor in range(self.glibc, OLDEST - 1, -1):
            found.append(f"manylinux_2_{minor}_{self.machine}")
            if minor in OLDER:
                found.append(f"{OLDER[minor]}_{self.machine}")
        return found

    def requirements(self, lock: str) -> list[Requirement]:
        """The entries of a lock file that hold there."""
        found = [
            Requirement(each["name"], each["version"], tuple(re.findall(r"--hash=(\S+)", each["hashes"])))
            for each in ENTRY.finditer(lock)
            if not each["marker"] or Marker(each["marker"]).evaluate(self._environment)
        ]
        if not found:
            raise RigError("The lock file has no entry that can be read.")
        return found

    @property
    def _environment(self) -> dict[str, str]:
        return {
            "implementation_name": "cpython",
            "os_name": "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_system": "Linux",
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": "linux",
        }
