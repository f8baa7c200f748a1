"""A plan is for the two servers that it was made for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.crypto.encryption import Secret
from apps.core.errors import Conflict, Refused
from apps.environments.models import Environment
from apps.environments.services.edits import edit_environment, update_credentials
from apps.environments.services.sign_in import SignIn
from apps.migrations.models import Write
from apps.migrations.policies.actions import allowed_actions
from apps.migrations.services import approval, outcomes
from apps.migrations.services.approval import approve, submit
from apps.migrations.services.execution import apply_migration, explain_apply, rollback_migration
from apps.migrations.services.planning import get_migration, replan
from apps.migrations.services.queueing import queue_apply, queue_rollback
from apps.migrations.status import Status, status_of
from apps.migrations.tests.factories import Silenced
from apps.migrations.tests.people import make_person
from apps.superset.errors import OutcomeUnknown
from apps.superset.protocol import Silent
from apps.superset.tests.fake_superset import FakeSuperset
from apps.tasks.models import Task

ELSEWHERE = "https://other.example.com"


def move(author, environment, url=ELSEWHERE):
    found = Environment.objects.get(pk=environment.pk)
    edit_environment(actor=author, environment=found, url=url, sign_in=SignIn("secret", "admin"))


def checksum_of(migration):
    return migration.plans.last().checksum


@pytest.fixture
def approved(stage, author):
    stage.target.protected = True
    stage.target.save()
    migration = stage.plan()
    submit(actor=author, migration=migration)
    approve(actor=make_person(author, "ann", "approver"), migration=migration, checksum=checksum_of(migration))
    return get_migration(migration.pk)


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_plan_for_another_server_is_not_applied_and_its_approval_ends(stage, author, approved, side):
    environment = getattr(stage, side)
    before = environment.url
    move(author, environment)
    change = f"address of “{environment}” was changed from {before} to {ELSEWHERE} on .* UTC by author after the plan"
    with pytest.raises(Refused, match=f"{change} was made.* Plan it again"):
        queue_apply(actor=author, migration=approved, checksum=checksum_of(approved))
    migration = get_migration(approved.pk)
    assert migration.state == "draft"
    assert migration.decisions.last().kind == "return"
    assert not Task.objects.exists()
    move(author, environment, before)
    with pytest.raises(Refused, match="is a draft again"):
        stage.apply(get_migration(approved.pk))
    assert stage.prod.writes == []


def test_a_run_is_refused_after_the_address_of_the_target_changed(stage, author, approved):
    """Between the start and the first write."""
    move(author, stage.target)
    with pytest.raises(Refused, match="was changed from"):
        stage.apply(get_migration(approved.pk))
    assert stage.prod.writes == []


def test_an_apply_is_refused_right_before_its_first_write_to_another_server(stage, author, approved):
    class Meanwhile(Silent):
        def log(self, text, **_):
            if text.startswith("Preflight"):
                move(author, stage.target)

    with pytest.raises(Conflict, match=f"changed from .* to {ELSEWHERE}.* Plan migration {approved.pk} again"):
        apply_migration(actor=author, migration=approved, reporter=Meanwhile())
    assert stage.prod.writes == []


def test_an_environment_that_is_disabled_meanwhile_is_not_written_to(stage, approved):
    class Meanwhile(Silent):
        def log(self, text, **_):
            if text.startswith("Preflight"):
                Environment.objects.filter(pk=stage.target.pk).update(enabled=False)

    with pytest.raises(Refused, match="“prod” is disabled"):
        apply_migration(actor=stage.author, migration=approved, reporter=Meanwhile())
    assert stage.prod.writes == []


def test_offers_and_explanations_name_the_changed_server(stage, author, approved):
    Environment.objects.filter(pk=stage.target.pk).update(url=ELSEWHERE)
    refusal = allowed_actions(author, get_migration(approved.pk))["apply"].reason
    assert refusal.startswith("The address of “prod” was changed from")
    with pytest.raises(Conflict, match="The address of “prod” was changed from"):
        explain_apply(migration=get_migration(approved.pk))


def test_the_same_address_written_otherwise_is_the_same_server(stage, approved):
    host = stage.target.url.removeprefix("https://")
    secret = stage.target.secret.reveal()
    stage.target.url, stage.target.secret = f"HTTPS://{host.upper()}:443/", Secret.of(secret)
    stage.target.save()
    approval.store_overdue()
    stage.apply(get_migration(approved.pk))
    assert status_of(get_migration(approved.pk)) == Status.SUCCEEDED


def test_a_new_plan_is_for_the_new_server(stage, author, approved):
    move(author, stage.source)
    approval.store_overdue()
    replan(actor=author, migration=get_migration(approved.pk), reporter=Silent())
    plan = get_migration(approved.pk).plans.last()
    assert (plan.source_url, plan.target_url) == (ELSEWHERE, stage.target.url)


class TestUndoing:
    @pytest.fixture
    def applied(self, stage):
        migration = stage.plan()
        stage.apply(migration)
        return get_migration(migration.pk)

    def test_nothing_is_undone_on_another_server(self, stage, author, applied):
        before, address = stage.state_of_prod(), stage.target.url
        move(author, stage.target)
        for attempt in (
            lambda migration: queue_rollback(actor=author, migration=migration),
            lambda migration: rollback_migration(actor=author, migration=migration, reporter=Silent()),
        ):
            with pytest.raises(Conflict, match=f"changed from {address} to {ELSEWHERE} .* Set the address back"):
                attempt(get_migration(applied.pk))
        assert stage.state_of_prod() == before
        assert status_of(get_migration(applied.pk)) == Status.SUCCEEDED
        move(author, stage.target, address)
        stage.rollback(get_migration(applied.pk))
        assert status_of(get_migration(applied.pk)) == Status.ROLLED_BACK

    def test_another_source_server_does_not_prevent_an_undo(self, stage, author, applied):
        move(author, stage.source)
        stage.rollback(get_migration(applied.pk))
        assert status_of(get_migration(applied.pk)) == Status.ROLLED_BACK

    def test_an_undo_is_refused_right_before_its_first_write_to_another_server(self, stage, author, applied):
        before = stage.state_of_prod()

        class Meanwhile(Silent):
            def log(self, text, **_):
                move_once(author, stage.target)

        with pytest.raises(Conflict, match="Set the address back"):
            rollback_migration(actor=author, migration=applied, reporter=Meanwhile())
        assert stage.state_of_prod() == before

    def test_what_became_of_a_request_is_not_asked_of_another_server(self, stage, author, settings):
        """It would say that nothing was carried out."""
        migration = stage.plan()
        stage.prod.__class__ = Silenced
        with pytest.raises(OutcomeUnknown):
            stage.apply(migration)
        stage.prod.__class__ = FakeSuperset
        Write.objects.update(sent_at=timezone.now() - settings.LATE_WRITES - timedelta(seconds=1))
        move(author, stage.target)
        target = Environment.objects.get(pk=stage.target.pk)
        reporter = Remembering()
        assert outcomes.settle(target=target, reporter=reporter) == 0
        assert "Set the address back" in reporter.told[0]
        assert Write.objects.get().state == "sent"


class Remembering(Silent):
    def __init__(self):
        self.told = []

    def log(self, text, **_):
        self.told.append(text)


def move_once(author, environment):
    if Environment.objects.get(pk=environment.pk).url != ELSEWHERE:
        move(author, environment)


class TestAnotherAccount:
    def change(self, author, stage, **sign_in):
        target = Environment.objects.get(pk=stage.target.pk)
        update_credentials(actor=author, environment=target, sign_in=SignIn("other", **sign_in), check=False)

    def told(self, stage, migration):
        reporter = Remembering()
        apply_migration(actor=stage.author, migration=get_migration(migration.pk), reporter=reporter)
        return [text for text in reporter.told if "signs in" in text]

    def test_a_run_logs_that_it_uses_another_account_than_the_plan(self, stage, author):
        migration = stage.plan()
        was = stage.target.username
        self.change(author, stage, username="second")
        self.change(author, stage, username="third")
        (told,) = self.told(stage, migration)
        assert told.startswith(f"Lockstep signs in to “prod” as third, no longer as {was} (changed on ")
        assert told.endswith("UTC by author)")

    def test_a_new_password_of_the_same_account_is_not_logged(self, stage, author):
        migration = stage.plan()
        self.change(author, stage, username=stage.target.username)
        assert self.told(stage, migration) == []
