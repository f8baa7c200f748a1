"""Making a protected environment easier to write to takes a second person, or leaves a loud trace."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.core.errors import Conflict, NotThere, Refused
from apps.environments import protection
from apps.environments.confirmation import confirm
from apps.environments.models import Environment, ProtectionRequest, RequestState
from apps.environments.services import lookup, protection_requests
from apps.environments.services.edits import edit_environment
from apps.environments.services.registration import remove_environment
from apps.environments.services.sign_in import SignIn
from apps.environments.tests.factories import PASSWORD, make_environment
from apps.users.models import Grant, User
from apps.users.services.grants import get_role, grant_role
from conftest import api_of

LOWERING = [
    {"protected": False},
    {"approvals_needed": 1},
    {"tier": "dev"},
    {"url": "https://prod.example.com/elsewhere"},
    {"protected": False, "approvals_needed": 5, "ca_bundle": ""},
]


@pytest.fixture
def prod(author):
    return make_environment("prod", tier="prod", protected=True, approvals_needed=2)


@pytest.fixture
def second(author):
    return User.objects.create_superuser("second", password="only-for-tests")


def stored():
    return Environment.objects.get()


def kinds():
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def lower(actor, **changes):
    return edit_environment(actor=actor, environment=stored(), **(changes or {"protected": False}))


@pytest.mark.parametrize("changes", LOWERING)
def test_lowering_the_protection_waits_for_another_holder(changes, prod, author, second):
    before = stored().facts()
    environment = stored()
    assert edit_environment(actor=author, environment=environment, reason="a move", **changes) == {}
    assert (stored().facts(), environment.facts()) == (before, before)
    assert environment.waiting is not None
    assert "waiting for confirmation by another user: second" in protection.waiting_sentence(environment.waiting)
    confirm(actor=second, environment=stored())
    after = stored().facts()
    assert {name: after[name] for name in changes} == changes
    assert kinds() == ["environment.protection.request", "environment.protection.confirm", "environment.edit"]
    asked, confirmed, _ = AuditEntry.objects.order_by("pk")
    assert (asked.actor, confirmed.actor) == (author, second)
    assert asked.after["reason"] == "a move"


@pytest.mark.parametrize(
    "changes", [{"approvals_needed": 3}, {"ca_bundle": ""}, {"protected": True}, {"approvals_needed": 2}]
)
def test_a_change_that_does_not_lower_the_protection_is_done_at_once(changes, prod, author, second):
    lower(author, **changes)
    assert not ProtectionRequest.objects.exists()
    assert {name: stored().facts()[name] for name in changes} == changes


def test_an_environment_without_protection_is_edited_at_once(author, second):
    make_environment("dev", approvals_needed=2)
    assert lower(author, approvals_needed=1, tier="test") == {"approvals_needed": 1, "tier": "test"}


def test_nobody_confirms_what_they_asked_for(prod, author, second):
    lower(author)
    with pytest.raises(Refused, match="Another user with environments.edit has to confirm it .second"):
        confirm(actor=author, environment=stored())
    assert stored().protected


@pytest.mark.parametrize("role", ["viewer", "operator", "approver"])
def test_confirming_requires_the_permission(role, prod, author, second, viewer):
    grant_role(actor=author, user=viewer, role=get_role(role))
    lower(author)
    with pytest.raises(Refused, match="environments.edit"):
        confirm(actor=viewer, environment=stored())


def test_without_a_second_holder_the_change_is_done_at_once_and_reported(prod, author):
    assert lower(author) == {"protected": False}
    assert not stored().protected
    request = ProtectionRequest.objects.get()
    assert (request.state, request.requested_by, request.in_words) == ("alone", author, "protected yes → no")
    entry = AuditEntry.objects.get(action="environment.protection.lowered_alone")
    assert (entry.before["protected"], entry.after["protected"]) == (True, False)


@pytest.mark.parametrize("what", ["deactivated", "another role", "another place"])
def test_an_account_that_is_no_holder_does_not_count(what, prod, author, viewer):
    grant_role(
        actor=author, user=viewer, role=get_role("administrator"), where="tier:dev" if what == "another place" else "*"
    )
    if what == "deactivated":
        User.objects.filter(pk=viewer.pk).update(is_active=False)
    if what == "another role":
        Grant.objects.filter(user=viewer).delete()
    assert lower(author) == {"protected": False}


def test_a_role_that_may_edit_the_environment_can_confirm(prod, author, viewer):
    grant_role(actor=author, user=viewer, role=get_role("administrator"), where="prod")
    lower(author)
    confirm(actor=User.objects.get(pk=viewer.pk), environment=stored())
    assert not stored().protected


def test_what_somebody_asked_who_is_no_holder_any_more_is_not_confirmed(prod, author, second):
    lower(second)
    User.objects.filter(pk=second.pk).update(is_active=False)
    with pytest.raises(Refused, match="“second”, who made this request, can no longer edit “prod”. Decline it"):
        confirm(actor=author, environment=stored())
    protection_requests.decline(actor=author, environment=stored())
    assert (stored().protected, kinds()[-1]) == (True, "environment.protection.decline")


def test_a_request_to_lower_the_protection_expires(prod, author, second):
    lower(author)
    ProtectionRequest.objects.update(expires=timezone.now() - timedelta(seconds=1))
    with pytest.raises(NotThere, match="There is no pending request"):
        confirm(actor=second, environment=stored())
    lower(author)
    assert list(ProtectionRequest.objects.values_list("state", flat=True)) == ["expired", "pending"]


def test_a_request_is_confirmed_once_and_the_next_waits_for_the_first(prod, author, second):
    lower(author)
    with pytest.raises(Conflict, match="has already asked to lower the protection of “prod” .protected yes → no"):
        lower(second, approvals_needed=1)
    confirm(actor=second, environment=stored())
    with pytest.raises(NotThere):
        confirm(actor=second, environment=stored())


def test_what_was_changed_meanwhile_is_not_overwritten(prod, author, second):
    lower(author, approvals_needed=1)
    edit_environment(actor=author, environment=stored(), approvals_needed=4)
    with pytest.raises(Conflict, match="changed in the meantime"):
        confirm(actor=second, environment=stored())
    assert (stored().approvals_needed, ProtectionRequest.objects.get().state) == (4, RequestState.PENDING)


def test_an_edit_of_an_older_version_does_not_bypass_the_protection(prod, author, second):
    Environment.objects.update(protected=False)
    seen = stored()
    Environment.objects.update(protected=True)
    with pytest.raises(Conflict):
        edit_environment(actor=author, environment=seen, url="https://prod.example.com/elsewhere")


def test_a_confirmed_move_to_another_server_brings_its_credentials(prod, author, second):
    sign_in = SignIn("of-new", "other")
    edit_environment(actor=author, environment=stored(), url="https://new.example.com", sign_in=sign_in)
    assert (stored().secret.reveal(), stored().url) == (PASSWORD, "https://prod.example.com")
    assert "of-new" not in str(ProtectionRequest.objects.values().get())
    confirm(actor=second, environment=stored())
    found = stored()
    assert (found.url, found.username, found.secret.reveal()) == ("https://new.example.com", "other", "of-new")
    assert ProtectionRequest.objects.get().secret is None


def test_removing_a_protected_environment_waits_for_confirmation(prod, author, second):
    request = remove_environment(actor=author, environment=stored())
    assert request is not None
    assert request.in_words == "remove it"
    confirm(actor=second, environment=stored())
    assert not Environment.objects.exists()
    request.refresh_from_db()
    assert (request.environment, request.environment_name, request.state) == (None, "prod", "confirmed")


def test_a_removal_without_a_second_holder_is_reported_afterwards(prod, author):
    assert remove_environment(actor=author, environment=stored()) is None
    assert not Environment.objects.exists()
    assert ProtectionRequest.objects.get().state == "alone"
    assert kinds() == ["environment.protection.lowered_alone", "environment.remove"]


def test_an_administrator_learns_of_a_protection_lowered_alone(prod, author, monkeypatch):
    told: list[ProtectionRequest] = []
    monkeypatch.setattr(protection_requests, "_listeners", [told.append])
    lower(author)
    assert told == [ProtectionRequest.objects.get()]


@pytest.mark.parametrize(
    ("sign_in", "words"),
    [
        (SignIn("of-new", "other"), "a new sign-in as “other” (db)"),
        (SignIn("of-new", "robot", "ldap"), "a new sign-in as “robot” (ldap)"),
        (SignIn("of-new", "", "token"), "a new sign-in as the owner of the token (token)"),
    ],
)
def test_the_confirmation_shows_the_new_account(sign_in, words, prod, author, second, manage):
    edit_environment(actor=author, environment=stored(), url="https://new.example.com", sign_in=sign_in)
    request = ProtectionRequest.objects.get()
    assert request.in_words == f"url https://prod.example.com → https://new.example.com, {words}"
    account = {"username": sign_in.username, "provider": sign_in.provider}
    asked = AuditEntry.objects.get(action="environment.protection.request")
    answer = api_of(second).get(reverse("api:environment", args=["prod"]))
    assert answer.json()["protection_request"]["sign_in"] == account
    assert asked.after["sign_in"] == account
    assert "of-new" not in f"{answer.content} {asked.after} {request.in_words}"
    assert words in manage("environment", "confirm", "prod", "--as", "second")[1]


def test_an_account_changed_without_a_second_holder_is_reported(prod, author):
    edit_environment(
        actor=author, environment=stored(), url="https://new.example.com", sign_in=SignIn("of-new", "other")
    )
    request = ProtectionRequest.objects.get()
    assert (request.state, request.secret) == ("alone", None)
    assert request.in_words.endswith(", a new sign-in as “other” (db)")


def test_changing_the_tier_does_not_bypass_the_holders(prod, author, viewer):
    grant_role(actor=author, user=viewer, role=get_role("administrator"), where="tier:prod")
    assert lower(author, protected=False, tier="other") == {}
    assert (stored().protected, stored().tier) == (True, "prod")
    confirm(actor=User.objects.get(pk=viewer.pk), environment=stored())
    assert (stored().protected, stored().tier) == (False, "other")


@pytest.mark.parametrize("late", [False, True])
def test_what_waits_for_an_environment_that_is_removed_alone_is_declined(late, prod, author, second):
    sign_in = SignIn("of-new", "other")
    edit_environment(actor=second, environment=stored(), url="https://new.example.com", sign_in=sign_in)
    User.objects.filter(pk=second.pk).update(is_active=False)
    if late:
        ProtectionRequest.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert remove_environment(actor=author, environment=stored()) is None
    request = ProtectionRequest.objects.get(requested_by=second)
    assert (request.state, request.secret) == ("expired" if late else "declined", None)
    assert ("environment.protection.decline" in kinds()) is not late
    assert kinds()[-1] == "environment.remove"


class TestTheApi:
    def test_the_api_answers_202_with_the_pending_change(self, prod, author, second):
        answer = api_of(author).patch(reverse("api:environment", args=["prod"]), {"protected": False, "reason": "why"})
        assert answer.status_code == 202
        waiting = answer.json()["protection_request"]
        assert (waiting["requested_by"], waiting["after"], waiting["reason"]) == ("author", {"protected": False}, "why")
        assert not waiting["allowed_actions"]["confirm"]["allowed"]
        assert answer.json()["protected"]

    def test_the_api_lets_another_holder_confirm(self, prod, author, second):
        api_of(author).patch(reverse("api:environment", args=["prod"]), {"protected": False})
        address = reverse("api:environment-confirm", args=["prod"])
        assert api_of(author).post(address).status_code == 403
        answer = api_of(second).post(address)
        assert (answer.status_code, answer.json()["protected"], answer.json()["protection_request"]) == (
            200,
            False,
            None,
        )

    def test_the_api_declines_a_pending_change(self, prod, author, second):
        assert api_of(author).delete(reverse("api:environment", args=["prod"])).status_code == 202
        assert api_of(second).post(reverse("api:environment-decline", args=["prod"])).status_code == 200
        assert api_of(second).post(reverse("api:environment-decline", args=["prod"])).status_code == 404
        assert stored().protected

    def test_the_api_removes_once_the_removal_is_confirmed(self, prod, author, second):
        api_of(author).delete(reverse("api:environment", args=["prod"]))
        assert api_of(second).post(reverse("api:environment-confirm", args=["prod"])).status_code == 204
        assert not Environment.objects.exists()


class TestTheCommand:
    def test_the_command_waits_until_another_confirms(self, prod, author, second, manage):
        asks = ("environment", "edit", "prod", "--no-protected", "--reason", "a move", "--as", "author")
        code, said, _ = manage(*asks)
        assert code == 2
        assert "waiting for confirmation by another user: second." in said
        assert "`lockstep environment confirm prod --as NAME`" in said
        code, _, refused = manage("environment", "confirm", "prod", "--as", "author")
        assert (code, "nother user" in refused) == (1, True)
        assert manage("environment", "confirm", "prod", "--as", "second") == (
            0,
            "Confirmed for “prod”: protected yes → no.\n",
            "",
        )
        assert not stored().protected

    def test_the_command_declines_a_removal(self, prod, author, second, manage):
        assert manage("environment", "remove", "prod", "--as", "author", "--yes")[0] == 2
        said = manage("environment", "decline", "prod", "--as", "second")[1]
        assert said == "Declined for “prod”: remove it. Nothing has changed.\n"
        assert lookup.get_environment("prod").protected
