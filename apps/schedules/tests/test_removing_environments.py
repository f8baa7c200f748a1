"""An environment stays while schedules run there."""

from __future__ import annotations

import pytest

from apps.core.errors import Conflict, NotThere
from apps.environments.models import Environment
from apps.environments.policies import allowed_actions
from apps.environments.services.registration import remove_environment
from apps.environments.tests.factories import make_environment
from apps.schedules.models import Schedule
from apps.schedules.services import remove_schedule
from apps.schedules.tests.factories import make_schedule
from apps.tasks.tests.test_removing_environments import begun_while_removing
from apps.users.models import Role
from apps.users.services.grants import grant_role

pytestmark = pytest.mark.usefixtures("transactional_db", "probe")


@pytest.fixture
def dev(author):
    return make_environment("dev")


def test_an_environment_with_schedules_is_not_removed_before_them(author, dev):
    schedules = [make_schedule(author, name=f"nightly {number}", environment=dev) for number in range(1, 6)]
    sentence = (
        "The environment “dev” cannot be removed: it has schedules (nightly 1, nightly 2, nightly 3 and 2 more). "
        "Remove the schedules, or change their environment."
    )
    with pytest.raises(Conflict) as refused:
        remove_environment(actor=author, environment=dev)
    assert str(refused.value) == allowed_actions(author, dev)["remove"].reason == sentence
    for schedule in schedules:
        remove_schedule(actor=author, schedule=schedule)
    remove_environment(actor=author, environment=dev)
    assert not Environment.objects.exists()


def test_what_somebody_may_not_see_is_only_counted(author, viewer, dev):
    role = Role.objects.create(slug="keeper", title="Keeper")
    role.permissions.create(what="environments.*")
    grant_role(actor=author, user=viewer, role=role)
    make_schedule(author, name="secret", environment=dev)
    with pytest.raises(Conflict, match=r"it has schedules \(1 that you cannot see\)\. "):
        remove_environment(actor=viewer, environment=dev)


def test_a_schedule_that_is_added_while_it_is_being_removed_is_refused(author, dev, monkeypatch):
    assert begun_while_removing(author, monkeypatch, lambda: make_schedule(author, environment=dev)) == [
        (NotThere, "“dev” was removed in the meantime.")
    ]
    assert not Schedule.objects.exists()
