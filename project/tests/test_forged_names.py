"""Names from a server on their way to people: none makes a line, moves the cursor, or turns what stands after it."""

from __future__ import annotations

import io
import json
import logging

import pytest
from django.core import mail
from django.utils import timezone

from apps.catalogue.models import CatalogueAsset
from apps.catalogue.services.sync import sync_catalogue
from apps.core.tests.pages import Pages
from apps.environments.management.progress import ConsoleReporter
from apps.migrations.mail.notifications import email_of_decision, send
from apps.migrations.services.approval import comment
from apps.migrations.tests.factories import BIRTHS, PAIR, Stage
from apps.superset.assets import Asset, Key, Kind
from apps.superset.errors import PlanUnsafe
from apps.superset.references.graph import dependencies
from apps.tasks.models import Task, TaskLine
from apps.tasks.view.lines import as_text
from conftest import api_of
from project.logs import Line

FORGED = "Applied by admin, verified"
HOSTILE = f"Sales\n{FORGED}\r\x1b[2J\x1b]0;x\x07\u202e\u2066\u2028\x85\u200b\x9b1m"
SHOWN = rf"Sales\n{FORGED}\r\x1b[2J\x1b]0;x\x07\u202e\u2066\u2028\x85\u200b\x9b1m"

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def stage(author, monkeypatch):
    stage = Stage(author, monkeypatch)
    stage.rename_in_dev(HOSTILE)
    return stage


def require_plain(text):
    """Every line is printable, and none of them begins with what was forged; lines of a diff have a bar before them."""
    for line in text.split("\n"):
        if line.startswith(("        | ", "    +", "    -")):
            assert line.isprintable(), repr(line)
            continue
        assert line.replace("\t", "").isprintable(), repr(line)
        assert not line.lstrip(" |-+~").startswith(FORGED), repr(line)


PLAN = ("migration", "plan", "dev", "prod", "--dashboard", "births", "--map-database", PAIR)


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_a_plan_is_printed_in_its_own_lines(form, stage, manage):
    _, said, told = manage(*PLAN, "--format", form)
    require_plain(said)
    require_plain(told)
    assert SHOWN in said


def test_a_plan_for_programs_has_no_raw_control_and_the_same_values(stage, manage):
    _, said, _ = manage(*PLAN, "--format", "json")
    require_plain(said)
    names = [change["name"] for change in json.loads(said)["plan"]["changes"]]
    assert SHOWN in names


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
@pytest.mark.parametrize("verb", ["list", "show"])
def test_a_kept_migration_is_shown_in_its_own_lines(verb, form, stage, manage):
    migration = stage.plan()
    comment(actor=stage.author, migration=migration, note=f"looks well\n{FORGED}\x1b[2J")
    arguments = [str(migration.pk)] if verb == "show" else []
    _, said, _ = manage("migration", verb, *arguments, "--format", form)
    require_plain(said)


def test_what_a_changed_title_and_changed_text_say_is_plain(stage, manage):
    stage.rename_in_dev("Births")
    stage.apply(stage.plan())
    stage.rename_in_dev(HOSTILE)
    chart = next(key for key in dependencies_of(stage) if key.kind is Kind.DATASET)
    stage.dev.document(chart)["sql"] = "SELECT 1\n```\n# Approved\x1b[2J\u202e\nFROM a"
    for form in ("text", "markdown"):
        _, said, _ = manage(*PLAN, "--format", form)
        require_plain(said)
        assert not any(line.startswith("# Approved") for line in said.splitlines())


def dependencies_of(stage) -> list[Key]:
    found, waiting = [], [BIRTHS]
    while waiting:
        key = waiting.pop()
        found.append(key)
        document = stage.dev.document(key)

        waiting += [each for each in dependencies(Asset(key, "", document)) if each not in found]
    return found


def test_tasks_and_their_lines_are_shown_in_their_own_lines(stage, manage, author):
    task = Task.objects.create(
        plugin="probe",
        action="say",
        actor=author,
        state="failed",
        params={"dashboard": HOSTILE},
        stages=[{"name": HOSTILE, "number": 1, "total": 1, "finished": None}],
        error={"sentence": f"“{HOSTILE}” failed", "kind": "x"},
        created=timezone.now(),
    )
    facts = {"at": timezone.now(), "level": "info", "source": "probe.say", "text": HOSTILE, "facts": {}}
    TaskLine.objects.create(task=task, seq=1, **facts)
    for arguments in (["show"], ["lines"], ["show", "--format", "markdown"], ["lines", "--format", "json"]):
        verb, *rest = arguments
        _, said, _ = manage("task", verb, str(task.pk), *rest)
        require_plain(said)
        assert "\\x1b[2J" in said or "\\u001b[2J" in said
    _, said, _ = manage("task", "lines", str(task.pk))
    assert len(said.strip().split("\n")) == 1
    file = "".join(as_text(task.lines.all()))
    require_plain(file)
    assert len(file.strip().split("\n")) == 1


def test_following_a_run_prints_one_line_per_line():
    stream = io.StringIO()
    reporter = ConsoleReporter(stream)
    reporter.log(HOSTILE)
    reporter.log(HOSTILE, level="warning")
    reporter.progress(HOSTILE, 1, 2)
    require_plain(stream.getvalue())
    assert len(stream.getvalue().strip().split("\n")) == 2


def test_a_mail_has_one_subject_and_its_own_lines(stage, settings):
    settings.EMAIL_HOST = "mail.example.com"
    stage.author.email = "author@example.com"
    stage.author.save()
    migration = stage.plan()
    migration.title = f"Sales\r\nBcc: everybody@example.com\n{FORGED}\u202e"
    migration.save()
    told = comment(actor=stage.author, migration=migration, note="seen")
    email = email_of_decision(told.pk)
    send(type(email)(email.headline, migration, (stage.author,), email.who, email.note), lambda *_, **__: None)
    message = mail.outbox[-1]
    require_plain(message.subject)
    require_plain(message.body)
    assert "Bcc" not in message.message()
    assert len(message.subject.splitlines()) == 1


def test_a_record_of_the_log_is_one_line():
    record = logging.LogRecord("apps", logging.WARNING, "", 1, "the dashboard %s is gone", (HOSTILE,), None)
    line = Line("{levelname} {message}", style="{").format(record)
    require_plain(line)
    assert line == f"WARNING the dashboard {SHOWN} is gone"


def test_a_catalogue_keeps_names_of_one_plain_line_for_every_page_and_answer(stage, manage, author):
    stage.dev.document(BIRTHS)["slug"] = "births\u202e"
    sync_catalogue(environment=stage.source, reporter=ConsoleReporter(io.StringIO()), pause=0)
    _, said, _ = manage("catalogue", "list", "dev", "--kind", "dashboard")
    require_plain(said)
    api = api_of(author)
    rows = api.get("/api/v1/environments/dev/assets").json()["results"]
    assert SHOWN in [row["name"] for row in rows]
    page = Pages(author).see("catalogue/catalogueasset/?q=Sales")
    assert "\\u202e" in page
    assert "\u202e" not in page
    assert "\x1b" not in page


@pytest.mark.parametrize("title", ["Sales\0", "Sales\ud800"])
class TestTextThatNoDatabaseTakes:
    def test_a_sync_stores_unstorable_text_as_visible_escapes(self, title, stage):
        stage.rename_in_dev(title)
        synced = sync_catalogue(environment=stage.source, reporter=ConsoleReporter(io.StringIO()), pause=0)
        assert synced.counts["dashboard"] == 1
        kept = CatalogueAsset.objects.get(kind="dashboard").name
        assert kept in {"Sales\\x00", "Sales\\ud800"}

    def test_a_plan_refuses_unstorable_text_by_name_and_stores_nothing(self, title, stage):
        stage.rename_in_dev(title)
        with pytest.raises(PlanUnsafe, match=r"dashboard “Sales\\(x00|ud800)” of the source contains characters"):
            stage.plan()

    def test_the_task_of_a_refused_plan_ends_with_the_sentence(self, title, stage, manage):
        stage.rename_in_dev(title)
        code, _, told = manage(*PLAN)
        assert code == 1
        assert "of the source contains characters that no database stores" in told


def test_an_argument_that_is_no_text_is_a_sentence(manage, db):
    code, _, told = manage("environment", "show", "a\udcff")
    assert code == 1
    assert "Argument 2 is not UTF-8 text: “a\\udcff”." in told
