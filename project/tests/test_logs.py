from __future__ import annotations

import logging
import logging.config
import subprocess
import sys
from pathlib import Path

import pytest

from project import logs

CHECKOUT = Path(__file__).parents[2]
OURS = "apps.contracts.belief"


def configuration(**changes):
    chosen = {"level": "WARNING", "file": None, "file_level": "INFO", "size": 10_000_000, "kept": 5}
    return logs.configuration(**{**chosen, "belief_entries": False, **changes})


@pytest.fixture
def file(tmp_path):
    return tmp_path / "log/lockstep.log"


@pytest.fixture
def shared(file):
    """A logger that writes to the file, 1,000 bytes at a time."""
    handler = logs.SharedFile(str(file), maxBytes=1000, backupCount=2)
    logger = logging.Logger("shop", logging.INFO)  # noqa: LOG001 - known to nobody else
    logger.addHandler(handler)
    yield logger
    handler.close()


def test_without_a_file_there_is_the_console():
    chosen = configuration()
    assert list(chosen["handlers"]) == ["console"]
    assert chosen["root"] == {"handlers": ["console"], "level": "WARNING"}


def test_a_file_has_a_level_of_its_own(file):
    chosen = configuration(file=file)
    assert (chosen["handlers"]["console"]["level"], chosen["handlers"]["file"]["level"]) == ("WARNING", "INFO")
    assert chosen["root"]["level"] == "INFO"
    assert (chosen["handlers"]["file"]["maxBytes"], chosen["handlers"]["file"]["backupCount"]) == (10_000_000, 4)


@pytest.mark.parametrize(("entries", "level"), [(True, "DEBUG"), (False, "INFO")])
def test_entry_and_exit_lines_are_switched_by_a_setting(entries, level):
    assert configuration(belief_entries=entries)["loggers"] == {OURS: {"level": level}}


def test_a_full_file_gives_way_and_only_so_many_are_kept(shared, file):
    for number in range(100):
        shared.info("line %03d of a hundred", number)
    assert sorted(path.name for path in file.parent.glob("*.log*")) == [
        "lockstep.log",
        "lockstep.log.1",
        "lockstep.log.2",
        "lockstep.log.lock",
    ]
    assert "line 099" in file.read_text()
    assert all(path.stat().st_size <= 1000 for path in file.parent.iterdir())


def test_only_the_owner_may_read_it(shared, file):
    shared.info("a line")
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_file_that_was_put_away_is_not_written_to(shared, file):
    shared.info("first")
    file.rename(file.with_name("put-away"))
    shared.info("second")
    assert file.read_text() == "second\n"


def test_several_processes_lose_no_line_to_each_other(file):
    script = (
        "import logging, sys; from project.logs import SharedFile\n"
        "logger = logging.Logger('shop'); logger.addHandler(SharedFile(sys.argv[1], maxBytes=5000, backupCount=50))\n"
        "for number in range(300): logger.info('%s %s', sys.argv[2], number)\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", script, str(file), name], cwd=CHECKOUT)
        for name in ("one", "two", "three")
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    lines = [line for path in file.parent.glob("lockstep.log*") for line in path.read_text().splitlines()]
    assert sorted(lines) == sorted(f"{name} {number}" for name in ("one", "two", "three") for number in range(300))
