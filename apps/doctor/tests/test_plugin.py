"""The task that asks the environments, and what is shown of it later."""

from __future__ import annotations

import pytest

from apps.core.errors import Conflict, NotThere, Refused
from apps.doctor.findings import Check, State
from apps.doctor.services.examination import last_examination, queue_examination
from apps.environments.tests.factories import Servers, make_environment
from apps.superset.errors import Unreachable
from apps.superset.tests.fake_superset import FakeSuperset
from apps.tasks.models import TaskState
from apps.tasks.services import start_task
from apps.tasks.tests.factories import ended
from apps.users.models import User
from apps.users.services.grants import get_role, grant_role

pytestmark = pytest.mark.usefixtures("transactional_db")

AWAY = Unreachable("the connection was refused", environment="prod")


@pytest.fixture(autouse=True)
def servers(monkeypatch):
    return Servers(dev=FakeSuperset("dev"), prod=AWAY).install(monkeypatch)


@pytest.fixture
def both():
    return make_environment("dev"), make_environment("prod")


def test_its_lines_and_its_result_are_the_findings(author, both):
    task = ended(queue_examination(actor=author))
    assert task.state == TaskState.SUCCEEDED
    lines = {(line.level, line.text) for line in task.lines.all()}
    assert ("info", "dev, Release: Superset 6.1.0 is supported.") in lines
    assert {text for level, text in lines if level == "error"} == {
        "prod, Sign-in: the connection was refused",
        "Check the address and that the server is up, then try again.",
    }
    assert task.result["state"] == "failed"
    assert len(task.result["findings"]) == 10
    assert task.progress["done"] == 2


def test_the_last_one_is_shown_with_its_time(author, both):
    task = ended(queue_examination(actor=author))
    found = last_examination(author)
    assert (found.at, found.task) == (task.finished, task)
    signed_in = [each for each in found.findings if each.check is Check.SIGN_IN]
    assert [(each.environment, each.state) for each in signed_in] == [("dev", State.OK), ("prod", State.FAILED)]


def test_before_the_first_one_other_contacts_are_shown(author, both):
    found = last_examination(author)
    assert (found.at, [each.sentence for each in found.findings]) == (None, ["Not asked yet."] * 2)


def test_environments_are_chosen_by_name(author, both, servers):
    chosen = {"environments": ["dev"]}
    task = ended(start_task(actor=author, plugin="doctor", action="examine", params=chosen))
    assert {each["environment"] for each in task.result["findings"]} == {"dev"}
    assert set(servers.opened) == {"dev"}


def test_one_at_a_time_is_enough(author, both):
    first = queue_examination(actor=author)
    with pytest.raises(Conflict, match=f"Task {first.pk} is examining the environments already"):
        queue_examination(actor=author)


def test_it_needs_the_permission_everywhere(author, both):
    user = User.objects.create_user("somebody")
    grant_role(actor=author, user=user, role=get_role("administrator"), where="dev")
    with pytest.raises(Refused, match=r"doctor\.examine"):
        queue_examination(actor=user)


def test_an_environment_that_is_not_seen_cannot_be_named(author):
    with pytest.raises(NotThere):
        start_task(actor=author, plugin="doctor", action="examine", params={"environments": ["prod"]})
