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
    chosen = {"form": "text", "level": "WARNING", "file": None, "file_level": "INFO", "size": 10_000_000, "kept": 5}
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


def test_without_a_file_the_log_goes_to_the_console():
    chosen = configuration()
    assert list(chosen["handlers"]) == ["console"]
    assert chosen["root"] == {"handlers": ["console"], "level": "WARNING"}


def test_a_file_has_a_level_of_its_own(file):
    chosen = configuration(file=file)
    assert (chosen["handlers"]["console"]["level"], chosen["handlers"]["file"]["level"]) == ("WARNING", "INFO")
    assert chosen["root"]["level"] == "INFO"
    assert (chosen["handlers"]["file"]["maxBytes"], chosen["handlers"]["file"]["backupCount"]) == (10_000_000, 4)


@pytest.mark.parametrize(("level", "shown"), [("DEBUG", True), ("INFO", False), ("WARNING", False)])
def test_the_belief_log_is_kept_from_whoever_does_not_debug(level, shown):
    belief = logging.LogRecord(OURS, logging.INFO, "", 0, "it is ours", None, None)
    other = logging.LogRecord("apps.tasks", logging.INFO, "", 0, "done", None, None)
    for_level = logs.BeliefsAtDebug(level)
    assert (for_level.filter(belief), for_level.filter(other)) == (shown, True)
    assert configuration(level=level)["filters"]["console"]["level"] == level


@pytest.mark.parametrize(("entries", "level"), [(True, "DEBUG"), (False, "INFO")])
def test_entry_and_exit_lines_are_switched_by_a_setting(entries, level):
    assert configuration(belief_entries=entries)["loggers"][OURS] == {"level": level}


SECRET = "s3cr3t-Wert-4711"

SPELT = {
    "a line of a header": "< Authorization: Bearer {}",
    "another scheme": "> Proxy-Authorization: Basic {}==",
    "cookies": "< Cookie: theme=dark; lockstep_session={}; lockstep_csrf={}",
    "a cookie that is set": "> Set-Cookie: lockstep_session={}; HttpOnly; Path=/",
    "a header of somebody": "X-Auth-Token: {}",
    "our header": "X-CSRFToken: {}",
    "headers in a dictionary": "{{'Host': 'x', 'Authorization': 'Bearer {}', 'Cookie': \"session={}\"}}",
    "headers in pairs": "[(b'host', b'x'), (b'cookie', b'lockstep_session={}'), ('authorization', 'Bearer {}')]",
    "a body in JSON": '{{"username": "ann", "password": "{}", "refresh_token": "{}"}}',
    "a body in JSON inside of a text": 'sent "{{\\"password\\": \\"{}\\"}}"',
    "a form": "POST /login username=ann&password={}&csrfmiddlewaretoken={}",
    "a query": "GET /sso/callback?code={}&state={} HTTP/1.1",
    "a password in an address": "postgres://lockstep:{}@db/lockstep",
    "a statement": "UPDATE \"users_user\" SET \"password\" = 'argon2id$v=19${}'; args=('argon2$argon2id${}',)",
    "what a database refuses": "DETAIL:  Key (session_key)=({}) already exists.",
    "a row that a database refuses": "DETAIL:  Failing row contains (1, ann, {}, t).",
    "arguments": "login(username='ann', password='{}', client_secret={})",
    "a token alone": "seen: lockstep_{}abcdefghijklmnop",
    "a signed token": "id: eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.{}",
}


@pytest.fixture
def logger_called(file):
    """Loggers whose lines are written as the settings say; known to nobody else."""
    handler = logs.SharedFile(str(file), maxBytes=0)
    handler.addFilter(logs.OurDetails())

    def make(name, form="text"):
        handler.setFormatter(FORMS[form])
        logger = logging.Logger(name, logging.DEBUG)  # noqa: LOG001 - as the docstring says
        logger.addHandler(handler)
        return logger

    yield make
    handler.close()


FORMS = {"text": logs.Line("{asctime} {levelname} {name}: {message}", style="{"), "json": logs.JsonLine()}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("library", ["websockets.server", "uvicorn.error", "django.db.backends", "apps.users"])
@pytest.mark.parametrize("how", SPELT)
def test_no_credentials_are_written_by_any_logger(how, library, form, logger_called, file):
    logger, told = logger_called(library, form), SPELT[how].replace("{}", SECRET).replace("{{", "{").replace("}}", "}")
    for level in (logging.DEBUG, logging.INFO, logging.ERROR):
        logger.log(level, "%s", told)
    try:
        raise ValueError(told)
    except ValueError:
        logger.exception("it failed")
    written = file.read_text()
    assert "ValueError" in written
    assert SECRET not in written


def test_text_without_credentials_is_logged_unchanged(logger_called, file):
    told = "task 7: the token “ci” expired; 3 passwords are weak. Basic authentication is off: /api/v1/tokens?page=2"
    logger_called("apps.users").warning(told)
    assert told in file.read_text()


def test_details_of_libraries_are_not_written_and_ours_are(logger_called, file):
    for name in ("websockets.client", "asyncio", "apps.tasks"):
        logger_called(name).debug("a detail of %s", name)
    assert file.read_text().count("a detail of") == 1
    assert "a detail of apps.tasks" in file.read_text()


def test_every_handler_that_there_is_hides_credentials(file):
    chosen = configuration(file=file)
    assert {(each["formatter"], each["filters"][0]) for each in chosen["handlers"].values()} == {("line", "ours")}
    assert chosen["formatters"]["line"]["()"] is logs.Line
    assert configuration(file=file, form="json")["formatters"]["line"]["()"] is logs.JsonLine
    assert [each for each in chosen["loggers"].values() if each.get("handlers")] == []


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
