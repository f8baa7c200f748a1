"""Mail: to whom, what, and that it never fails what it tells of."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest
from django.core import mail

from apps.core.errors import LockstepError
from apps.migrations.mail.notifications import email_of_decision, email_of_run, send
from apps.migrations.models import Decision, Migration, Run
from apps.migrations.services.approval import approve, comment, reject, submit, withdraw
from apps.migrations.tests.factories import Failing
from apps.migrations.tests.people import make_person
from apps.migrations.tests.smtp_sink import SinkServer
from apps.plugins.models import PluginRecord
from apps.superset.errors import ServerFault
from apps.tasks.models import Task, TaskState
from apps.tasks.worker.runner import work


@pytest.fixture
def stage(stage, settings):
    settings.EMAIL_HOST = "mail.example.com"
    settings.BASE_URL = "https://lockstep.example.com"
    stage.author.email = "author@example.com"
    stage.author.save()
    stage.target.protected = True
    stage.target.save()
    return stage


@pytest.fixture
def approver(author):
    return make_person(author, "approver", "approver")


def agree(person, migration):
    return approve(actor=person, migration=migration, checksum=migration.plans.get().checksum)


def sent_by(decision):
    """The emails of a decision, as the worker sends them."""
    mail.outbox.clear()
    send(email_of_decision(decision.pk), lambda *_, **__: None)
    return {message.to[0]: message for message in mail.outbox}


class TestWhoIsTold:
    def test_approvers_are_notified_of_a_submission(self, stage, author, approver):
        make_person(author, "elsewhere", "approver", where="dev")
        make_person(author, "operator", "operator")
        gone = make_person(author, "gone", "approver")
        gone.is_active = False
        gone.save()
        emails = sent_by(submit(actor=author, migration=stage.plan(), note="Please by noon"))
        assert list(emails) == ["approver@example.com"]
        email = emails["approver@example.com"]
        assert email.subject.startswith("[Lockstep] Migration")
        assert "is waiting for your approval: USA Births Names" in email.subject
        migration = Migration.objects.get()
        for part in (email.body, email.alternatives[0].content):
            for told in ("12 to create", "USA Births Names", "Please by noon", migration.plans.get().checksum):
                assert told in part
            assert f"https://lockstep.example.com/admin/migrations/migration/{migration.pk}/change/" in part

    def test_author_and_submitter_are_told_of_what_others_decided(self, stage, author, approver):
        operator = make_person(author, "operator", "operator")
        stage.target.approvals_needed = 2
        stage.target.save()
        migration = stage.plan()
        submit(actor=operator, migration=migration)
        emails = sent_by(agree(approver, migration))
        assert set(emails) == {"author@example.com", "operator@example.com"}
        assert "was approved by 1 of 2" in emails["author@example.com"].subject
        rejected = reject(actor=make_person(author, "second", "approver"), migration=migration, note="Not today")
        email = sent_by(rejected)["author@example.com"]
        assert "was rejected" in email.subject
        assert "second: Not today" in email.body

    def test_nobody_is_told_what_they_said_themselves(self, stage, author):
        migration = stage.plan()
        assert sent_by(comment(actor=author, migration=migration, note="Hm")) == {}

    def test_author_is_told_how_it_was_applied(self, stage, author, approver):
        migration = stage.plan()
        submit(actor=author, migration=migration)
        agree(approver, migration)
        stage.prod.__class__ = Failing
        with pytest.raises(ServerFault):
            stage.apply(Migration.objects.get())
        email = email_of_run(Run.objects.get().pk)
        assert (email.headline, email.recipients) == (
            f"Migration {migration.pk} could not be applied to “prod”",
            (author,),
        )
        assert "it broke" in email.note

    def test_titles_neither_break_the_header_nor_the_page(self, stage, author, approver):
        stage.rename_in_dev("Births <script>\nBcc: all@example.com")
        (email,) = sent_by(submit(actor=author, migration=stage.plan())).values()
        assert "\n" not in email.subject
        assert email.message()["Bcc"] is None
        assert "<script>" in email.body
        assert "<script>" not in email.alternatives[0].content


class TestStarting:
    def started(self):
        return list(Task.objects.filter(action="mail").values_list("params", flat=True))

    def test_a_decision_starts_a_task_once_it_is_committed(self, stage, author, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            decision = submit(actor=author, migration=stage.plan())
            assert self.started() == []
        assert self.started() == [{"decision": decision.pk, "run": None}]
        assert mail.outbox == [], "no mail server is asked while somebody waits"

    def test_the_end_of_a_run_starts_a_task_that_sends_mail(
        self, stage, author, approver, django_capture_on_commit_callbacks
    ):
        migration = stage.plan()
        submit(actor=author, migration=migration)
        agree(approver, migration)
        with django_capture_on_commit_callbacks(execute=True):
            run = stage.apply(Migration.objects.get())
        assert {"decision": None, "run": run.pk} in self.started()

    @pytest.mark.parametrize("role", ["analyst", "operator"])
    def test_notifying_needs_no_permission_of_the_person_who_decided(
        self, stage, author, role, django_capture_on_commit_callbacks
    ):
        stage.author = make_person(author, "somebody", role)
        with django_capture_on_commit_callbacks(execute=True):
            decision = submit(actor=stage.author, migration=stage.plan())
        task = Task.objects.get(action="mail")
        assert (task.params, task.actor) == ({"decision": decision.pk, "run": None}, None)

    def test_each_decision_has_its_own_mail(self, stage, author, approver, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            submit(actor=author, migration=(migration := stage.plan()))
            agree(approver, migration)
        assert len(self.started()) == 2

    def test_without_a_host_nothing_is_started(self, stage, author, settings, django_capture_on_commit_callbacks):
        settings.EMAIL_HOST = ""
        with django_capture_on_commit_callbacks(execute=True):
            submit(actor=author, migration=stage.plan())
        assert self.started() == []

    def test_a_withdrawal_is_no_news(self, stage, author, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            withdraw(actor=author, migration=stage.plan())
        assert self.started() == []

    def test_a_decision_stands_where_no_task_can_be_started(
        self, stage, author, django_capture_on_commit_callbacks, caplog
    ):
        PluginRecord.objects.create(slug="migrations", enabled=False)
        with django_capture_on_commit_callbacks(execute=True):
            submit(actor=author, migration=stage.plan())
        assert Migration.objects.get().state == "submitted"
        assert "no mail is sent: The plugin “migrations” is not enabled" in caplog.text


@pytest.fixture
def sink(settings, transactional_db):
    with closing(SinkServer()) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.sink.port
        yield server.sink


@pytest.fixture
def served(sink, stage, settings):
    settings.EMAIL_HOST = "127.0.0.1"
    return sink


class TestSending:
    def run_mail(self):
        assert work()
        return Task.objects.filter(action="mail").latest("pk")

    def test_a_worker_sends_mail_through_a_real_mail_server(self, served, stage, author, approver):
        submit(actor=author, migration=stage.plan())
        task = self.run_mail()
        assert (task.state, task.result) == (TaskState.SUCCEEDED, {"sent": 1})
        ((to, email),) = served.emails
        assert to == "approver@example.com"
        assert email["Subject"].strip().startswith("[Lockstep] Migration")
        assert "12 to create" in email.get_body(("plain",)).get_content()
        assert "<code>+</code>" in email.get_body(("html",)).get_content()

    def test_a_refused_address_does_not_stop_mail_to_others(self, served, stage, author, approver):
        make_person(author, "second", "approver")
        served.refused.add("approver@example.com")
        submit(actor=author, migration=stage.plan())
        task = self.run_mail()
        assert (task.state, task.result) == (TaskState.SUCCEEDED, {"sent": 1})
        assert [to for to, _ in served.emails] == ["second@example.com"]
        assert task.lines.filter(level="warning", text__contains="refused the email to approver").exists()

    def test_a_server_that_is_down_fails_the_mail_and_nothing_else(self, served, stage, author, approver, settings):
        with closing(socket.socket()) as unused:
            unused.bind(("127.0.0.1", 0))
            settings.EMAIL_PORT = unused.getsockname()[1]
            submit(actor=author, migration=stage.plan())
            task = self.run_mail()
        assert Migration.objects.get().state == "submitted"
        assert task.state == TaskState.FAILED
        assert "did not accept the mail (Connection refused)" in task.error["sentence"]
        agree(approver, Migration.objects.get())
        assert Migration.objects.get().state == "approved"

    def test_a_server_that_says_nothing_is_given_up(self, served, stage, author, approver, settings):
        with closing(socket.create_server(("127.0.0.1", 0))) as silent:
            settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = silent.getsockname()[1], 0.3
            decision = submit(actor=author, migration=stage.plan())
            with pytest.raises(LockstepError, match="did not accept the mail"):
                send(email_of_decision(decision.pk), lambda *_, **__: None)
        assert Decision.objects.get() == decision
