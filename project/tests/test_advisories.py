"""What the advisories say of the packages, and what is made of it when they say nothing."""

from __future__ import annotations

import json
import subprocess

from rig import advisories
from rig.advisories import CHECKOUT, ask, front_end_report, python_report

SOUND = {"name": "django", "version": "5.2.19", "vulns": []}
FLAWED = {"name": "old", "version": "1.0", "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["1.1"]}]}
UNKNOWN = {"name": "django", "skip_reason": "Dependency not found"}


def python(*packages):
    return python_report("lock", json.dumps({"dependencies": packages, "fixes": []}))


def test_a_flaw_is_reported_with_the_release_that_mends_it():
    assert python(SOUND, FLAWED).lines == ["✗ lock: old 1.0: PYSEC-2026-1, fixed in 1.1"]


def test_packages_without_a_known_flaw_pass():
    assert python(SOUND).lines == ["✓ lock: no known vulnerabilities"]


def test_what_the_source_does_not_know_is_not_checked():
    report = python(SOUND, UNKNOWN)
    assert report.lines == ["? lock: not checked: 1 of 2 packages: Dependency not found"]
    assert not report.flaws


def test_a_source_that_does_not_answer_is_not_checked():
    assert python_report("lock", "ERROR: no route to host").not_checked == "ERROR: no route to host"
    assert front_end_report("npm", json.dumps({"message": "405 Method Not Allowed"})).not_checked.startswith("405")
    assert ask("npm", ["there-is-no-such-program"], CHECKOUT, front_end_report).not_checked


def test_flaws_of_the_front_end_are_reported():
    said = json.dumps({"vulnerabilities": {"left-pad": {"range": "<1.3", "severity": "high"}}})
    assert front_end_report("npm", said).lines == ["✗ npm: left-pad <1.3: high"]
    assert front_end_report("npm", json.dumps({"vulnerabilities": {}})).lines == ["✓ npm: no known vulnerabilities"]


def test_only_a_flaw_fails(monkeypatch, capsys):
    answers = iter([python(SOUND), python(UNKNOWN), front_end_report("npm", "")] * 2)
    monkeypatch.setattr(advisories, "ask", lambda *_: next(answers))
    assert advisories.main() == 0
    answers = iter([python(SOUND), python(FLAWED), front_end_report("npm", "")])
    assert advisories.main() == 1
    assert "not checked: no output" in capsys.readouterr().out


def test_a_source_of_advisories_that_does_not_respond_is_given_up(monkeypatch):
    def slow(*_args, timeout, **_facts):
        raise subprocess.TimeoutExpired("npm", timeout)

    monkeypatch.setattr(subprocess, "run", slow)
    assert "timed out" in ask("npm", ["npm"], CHECKOUT, front_end_report).not_checked
