from __future__ import annotations

import pytest
from django.core import mail

from apps.environments.models import ProtectionRequest
from apps.environments.services.edits import edit_environment
from apps.environments.tests.factories import make_environment
from apps.migrations.mail import protection
from apps.tasks.models import Task, TaskState
from apps.tasks.tests.factories import run_all
from apps.users.models import User
from apps.users.services.grants import get_role, grant_role

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def prod(author, settings):
    settings.EMAIL_HOST = "mail.example.com"
    settings.BASE_URL = "https://lockstep.example.org"
    User.objects.filter(pk=author.pk).update(email="author@example.org")
    return make_environment("prod", tier="prod", protected=True)


def person(author, name, role, where="*"):
    user = User.objects.create_user(name, email=f"{name}@example.org", password="only-for-tests")
    grant_role(actor=author, user=user, role=get_role(role), where=where)
    return user


def test_all_administrators_are_told_of_a_protection_that_was_lowered_alone(prod, author):
    person(author, "elsewhere", "administrator", "tier:dev")
    person(author, "looker", "viewer")
    gone = person(author, "gone", "administrator")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    edit_environment(actor=author, environment=prod, protected=False, reason="an urgent fix")
    run_all()
    assert Task.objects.get(action="mail_protection").state == TaskState.SUCCEEDED
    assert sorted(each.to[0] for each in mail.outbox) == ["author@example.org", "elsewhere@example.org"]
    email = mail.outbox[0]
    assert email.subject == "[Lockstep] author lowered the protection of “prod” without confirmation"
    assert "protected yes → no" in email.body
    assert "Reason: an urgent fix" in email.body
    assert "https://lockstep.example.org/admin/" in email.body


def test_what_waits_for_another_is_no_news(prod, author):
    person(author, "second", "administrator")
    edit_environment(actor=author, environment=prod, protected=False)
    assert not Task.objects.exists()


def test_without_a_mail_server_it_is_done_all_the_same(prod, author, settings):
    settings.EMAIL_HOST = ""
    edit_environment(actor=author, environment=prod, protected=False)
    assert not Task.objects.exists()


def test_a_request_that_is_not_there_is_a_sentence(author):
    with pytest.raises(protection.NotThere, match="No protection was lowered without confirmation by request 7"):
        protection.send(7, lambda *_, **__: None)


def test_no_mail_says_that_somebody_lowered_alone_what_still_waits(prod, author):
    person(author, "second", "administrator")
    edit_environment(actor=author, environment=prod, protected=False)
    request = ProtectionRequest.objects.get()
    assert request.state == "pending"
    with pytest.raises(protection.NotThere, match="No protection was lowered without confirmation"):
        protection.send(request.pk, lambda *_, **__: None)
    assert mail.outbox == []
