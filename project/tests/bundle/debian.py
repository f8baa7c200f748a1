"""A Debian 13 to install on as root: the base of the image in a chroot, with Python and a stand-in for systemd."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from project.tests.bundle.machine import PASSWORD, SITE, SYSTEMCTL, Machine
from rig.bundle.bundle import PLATFORM
from rig.bundle.target import Target
from rig.image import BASE, Images

TARGET = Target("3.13", PLATFORM)
MEDIUM = "/media/bundle"
KEY = "/media/public.pem"
STATE = "/var/tmp/systemctl"
BY_ROOT = f"""\
#!/bin/sh
exec env UNITS=/etc/systemd/system STATE={STATE} python3 -IS {STATE}/systemctl.py "$@"
"""


class Debian(Machine):
    """`root` is its file system, mounted until it is closed; what is written there goes into memory."""

    def __init__(self, place: Path, images: Images, public_key: Path) -> None:
        super().__init__(place)
        self.images, self.container = images, images.buildah("from", "--pull=never", BASE)
        memory = place / "memory"
        memory.mkdir()
        mount("--types", "tmpfs", "tmpfs", str(memory))
        parts = {"lowerdir": images.buildah("mount", self.container)}
        for each in ("upperdir", "workdir"):
            parts[each] = str(memory / each)
            (memory / each).mkdir()
        written = ",".join(f"{key}={value}" for key, value in parts.items())
        mount("--types", "overlay", "--options", written, "overlay", str(self.root))
        for kind in ("proc", "dev"):
            mount("--rbind", f"/{kind}", str(self.root / kind))
        shutil.copy2(public_key, self.root / KEY[1:])
        self.state = self.root / STATE[1:]
        for folder in (self.state, self.root / MEDIUM[1:]):
            folder.mkdir()
        shutil.copy2(SYSTEMCTL, self.state)
        (self.root / "usr/bin/systemctl").write_text(BY_ROOT)
        (self.root / "usr/bin/systemctl").chmod(0o755)

    def insert(self, bundle: Path) -> None:
        """Like a disc: it can be read only, and only one at a time."""
        subprocess.run(["umount", "--quiet", self.root / MEDIUM[1:]], check=False)
        mount("--bind", "--options", "ro", str(bundle), str(self.root / MEDIUM[1:]))

    def run(self, *words: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """By root, who logged in without a PATH to the commands of administrators."""
        plain: list[str | Path] = ["env", "-i", "PATH=/usr/bin:/bin", "HOME=/root", "/usr/sbin/chroot", self.root]
        return subprocess.run([*plain, *words], input=stdin, capture_output=True, text=True, check=False)

    def install(self, bundle: Path, *options: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        self.insert(bundle)
        own = ("--service", "--site", SITE, "--port", str(self.port), "--admin", "ada", "--public-key", KEY)
        return self.run(f"{MEDIUM}/install.sh", *own, "--password-file", "-", *options, stdin=stdin or f"{PASSWORD}\n")

    def upgrade(self, bundle: Path, *options: str | Path) -> subprocess.CompletedProcess[str]:
        self.insert(bundle)
        return self.run(f"{MEDIUM}/upgrade.sh", "--public-key", KEY, *options)

    def lockstep(self, *words: str, stdin: str = "") -> str:
        done = self.run("/usr/local/sbin/lockstep", *words, stdin=stdin)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def systemctl(self, *words: str) -> int:
        return self.run("systemctl", *words).returncode

    def files(self) -> set[str]:
        """Where Lockstep is installed."""
        places = ("opt", "etc", "usr/local/sbin", "var/lib/lockstep", "var/backups")
        found = (path for place in places for path in (self.root / place).rglob("*"))
        return {str(path.relative_to(self.root)) for path in found}

    def user(self) -> tuple[int, int]:
        """The numbers of the user and the group that the services have."""
        rows = [line.split(":") for line in (self.root / "etc/passwd").read_text().splitlines()]
        return next(((int(row[2]), int(row[3])) for row in rows if row[0] == "lockstep"), (-1, -1))

    def owners(self, folder: str) -> set[tuple[int, int]]:
        """Of everything in it."""
        top = self.root / folder
        return {(facts.st_uid, facts.st_gid) for path in (top, *top.rglob("*")) for facts in [path.lstat()]}

    def owners_of_processes(self) -> set[int]:
        return {Path("/proc", noted.read_text()).stat().st_uid for noted in self.state.glob("*.pid")}

    def close(self) -> None:
        self.systemctl("stop", "lockstep-web", "lockstep-worker")
        subprocess.run(["umount", "--recursive", self.root], check=True)
        subprocess.run(["umount", self.root.with_name("memory")], check=True)
        self.images.buildah("umount", self.container)
        self.images.buildah("rm", self.container)


def mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True)
