"""Nothing of a bundle runs or is installed before its signature and every file are verified."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from project.tests.bundle.conftest import Maker
from project.tests.bundle.machine import Machine, target


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


def refused(machine: Machine, bundle: Path, *options: str | Path) -> str:
    """What both scripts say, which install and start nothing."""
    told = []
    for done in (
        machine.install(bundle, "--password-file", machine.password_file, *options),
        machine.upgrade(bundle, *options),
    ):
        assert done.returncode == 1, done.stdout
        assert machine.files() == set()
        assert machine.acts() == []
        told.append(done.stderr)
    assert told[0] == told[1]
    return told[0]


def replace(path: Path, content: bytes) -> None:
    """As a new file: the old one is shared with the untouched bundle."""
    path.unlink()
    path.write_bytes(content)


def pip_of(bundle: Path) -> Path:
    return next((bundle / "tools").iterdir())


@pytest.mark.parametrize("name", ["requirements.txt", "systemd/lockstep-web.service", "docs/index.md", "common.sh"])
def test_a_changed_file_is_refused_by_name(machine, copy, maker, name):
    replace(copy / name, (copy / name).read_bytes() + b"\n")
    told = refused(machine, copy, *maker.trusted)
    assert told == f"Changed since the bundle was made: {name} - get the archive again; nothing was installed.\n"


def test_a_changed_pip_is_refused_before_it_runs(machine, copy, maker):
    pip = pip_of(copy)
    replace(pip, b"not a wheel")
    assert f"Changed since the bundle was made: tools/{pip.name} " in refused(machine, copy, *maker.trusted)


def test_an_added_and_a_missing_file_are_refused(machine, copy, maker):
    (copy / "wheels/added-1-py3-none-any.whl").write_bytes(b"")
    assert refused(machine, copy, *maker.trusted).startswith("Not in the manifest: wheels/added-1-py3-none-any.whl ")
    (copy / "wheels/added-1-py3-none-any.whl").unlink()
    (copy / "docs/index.md").unlink()
    assert refused(machine, copy, *maker.trusted).startswith("Missing from this bundle: docs/index.md ")


def test_a_link_in_the_place_of_a_file_is_not_followed_out_of_the_bundle(machine, copy, maker):
    (copy / "docs/extra.md").symlink_to("/etc/passwd")
    assert refused(machine, copy, *maker.trusted).startswith("Not in the manifest: docs/extra.md ")


def test_a_changed_manifest_is_refused_by_the_signature(machine, copy, maker):
    manifest = copy / "manifest.json"
    replace(manifest, manifest.read_bytes().replace(b'"glibc": "2.28"', b'"glibc": "2.17"'))
    assert "The signature is not by this key." in refused(machine, copy, *maker.trusted)
    assert "The signature is not by this key." in refused(machine, copy, *maker.trusted, "--allow-unsigned")


def test_the_key_of_somebody_else_is_refused_with_its_fingerprint(machine, bundle, tmp_path):
    other = Maker.new(tmp_path / "other")
    assert refused(machine, bundle, *other.trusted).startswith("The signature is not by this key.")
    shown = machine.install(bundle, "--password-file", machine.password_file, *other.trusted).stdout
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", other.public_key, "-outform", "DER"], capture_output=True, check=True
    )
    digest = subprocess.run(["sha256sum"], input=der.stdout, capture_output=True, check=True).stdout.split()[0].decode()
    assert shown == f"Public key sha256:{digest}\n"


def test_a_signed_bundle_needs_the_key(machine, bundle):
    assert refused(machine, bundle).startswith("Give the public key of whoever made this bundle with --public-key FILE")
    assert "--public-key FILE" in refused(machine, bundle, "--allow-unsigned")
    assert "There is no public key in" in refused(machine, bundle, "--public-key", "/nowhere.pem")


def test_an_unsigned_bundle_is_refused_unless_that_is_allowed(machine, copy, maker):
    (copy / "manifest.json.sig").unlink()
    assert "add --allow-unsigned" in refused(machine, copy)
    assert "your public key proves nothing" in refused(machine, copy, *maker.trusted, "--allow-unsigned")
    told = machine.install(copy, "--allow-unsigned").stdout
    assert told.startswith("Not signed, as allowed by --allow-unsigned.\nVerified ")


def test_a_bundle_without_a_key_says_so_itself(maker, wheel):
    made = maker.bundle(wheel, signed=False)
    assert not (made / "manifest.json.sig").exists()
    assert '"key": "not signed: install.sh refuses it' in (made / "manifest.json").read_text()
    assert '"image": "none: ' in (made / "manifest.json").read_text()


def test_the_whole_archive_can_be_verified_before_it_is_unpacked(maker, wheel):
    archive = maker.archive(wheel)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", maker.public_key, "-rawin", "-in", archive]
    done = subprocess.run([*command, "-sigfile", f"{archive}.sig"], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "Signature Verified Successfully"


def test_the_same_checkout_makes_the_same_python_packages_and_lists_each(bundle):
    lines = [line for line in (bundle / "requirements.txt").read_text().splitlines() if "==" in line]
    assert len(lines) == len(list((bundle / "wheels").iterdir()))
    listed = (bundle / "sbom/python.cdx.json").read_text()
    assert [line for line in lines if f'"{line.partition("==")[0]}"' not in listed] == []
    assert '"svelte"' in (bundle / "sbom/frontend.cdx.json").read_text()
    assert f'"python": "{target().python}"' in (bundle / "manifest.json").read_text()
