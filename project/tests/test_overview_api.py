"""What every page of the application asks for, with one of everything that there is."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.catalogue.models import CatalogueSync
from apps.freezes.services import add_freeze
from apps.migrations.services.approval import submit
from apps.tasks.models import Pause, Task, TaskState
from apps.users.models import User
from apps.users.services.grants import get_role, grant_role
from apps.users.services.roles import add_role
from conftest import api_of
from project.tests.world import TARGET_UUID

SIGNED_IN = 2
"""The session and its user."""

ACTIVITY, SEARCH, ENVIRONMENTS = "api:activity", "api:search", "api:environments"


def person(author, name: str, role: str, where: str = "*") -> User:
    user = User.objects.create_user(name, password="only-for-tests")
    grant_role(actor=author, user=user, role=get_role(role), where=where)
    return user


def add_task(world, **facts):
    environment = facts.pop("environment", world.prod)
    given = {"plugin": "catalogue", "action": "sync", "actor": world.author, "environment": environment}
    return Task.objects.create(**given | {"environment_name": environment.name} | facts)


def ask(task):
    Task.objects.filter(pk=task.pk).update(state=TaskState.AWAITING_INPUT)
    return Pause.objects.create(task=task, questions=[], expires=timezone.now() + timedelta(hours=1))


class TestActivity:
    def test_it_shows_what_runs_what_waits_and_what_has_just_ended(self, world, api):
        old = add_task(world, state=TaskState.SUCCEEDED, finished=timezone.now() - timedelta(hours=2))
        running, queued = add_task(world, state=TaskState.RUNNING, started=timezone.now()), add_task(world)
        told = api.get(reverse(ACTIVITY)).json()
        assert (told["running"], told["queued"], told["waiting"]) == (1, 1, 0)
        shown = [task["id"] for task in told["tasks"]]
        assert shown == [queued.pk, running.pk, world.task.pk]
        assert old.pk not in shown
        assert told["tasks"][0]["title"] == "Sync prod"
        assert told["health"]["worker"]["ok"] is False
        assert [each["slug"] for each in told["environments"]] == ["dev", "prod"]

    def test_questions_count_for_those_who_may_answer_them(self, world, author):
        ask(add_task(world))
        operator, viewer = person(author, "oscar", "operator"), person(author, "vera", "viewer")
        waiting = [api_of(each).get(reverse(ACTIVITY)).json()["waiting"] for each in (author, operator, viewer)]
        assert waiting == [1, 1, 0]

    def test_decisions_count_for_those_who_may_take_them(self, world, author):
        world.prod.protected = True
        world.prod.save()
        submit(actor=author, migration=world.migration)
        approver = person(author, "ann", "approver")
        decisions = [api_of(each).get(reverse(ACTIVITY)).json()["decisions"] for each in (author, approver)]
        assert decisions == [0, 1]

    def test_it_says_who_writes_and_what_is_frozen(self, world, author, api):
        task = add_task(
            world,
            plugin="migrations",
            action="apply",
            params={"migration": 7},
            writes=True,
            state=TaskState.RUNNING,
            started=timezone.now(),
        )
        now = timezone.now()
        window = {"starts": now - timedelta(hours=1), "ends": now + timedelta(hours=1)}
        add_freeze(actor=author, reason="Audit", tier=world.dev.tier, **window)
        CatalogueSync.objects.filter(environment=world.dev).update(finished=now)
        dev, prod = api.get(reverse(ACTIVITY)).json()["environments"]
        facts = {"task": task.pk, "migration": 7, "actor": "author"}
        assert prod["writing"].items() >= facts.items()
        assert dev["writing"] is None
        assert dev["freeze"]["reason"] == "Audit"
        assert dev["catalogue"]["finished"]
        assert dev["catalogue"]["counts"] == {"database": 1}

    def test_nobody_sees_what_their_roles_do_not_show(self, world, author):
        add_task(world, state=TaskState.RUNNING)
        nobody = api_of(User.objects.create_user("nobody", password="only-for-tests"))
        told = nobody.get(reverse(ACTIVITY)).json()
        assert (told["tasks"], told["environments"], told["running"], told["decisions"]) == ([], [], 0, 0)
        of_dev = api_of(person(author, "dana", "viewer", "dev")).get(reverse(ACTIVITY)).json()
        assert [each["slug"] for each in of_dev["environments"]] == ["dev"]
        assert of_dev["running"] == 0

    def test_it_costs_at_most_twelve_queries_however_much_there_is(self, world, author, django_assert_max_num_queries):
        world.prod.protected = True
        world.prod.save()
        submit(actor=author, migration=world.migration)
        approver = api_of(person(author, "ann", "approver"))
        for number in range(6):
            ask(add_task(world, actor=None))
            add_task(world, state=TaskState.FAILED, finished=timezone.now(), error={"kind": "x", "sentence": "x"})
            world.dev.pk = None
            world.dev.name = world.dev.slug = f"dev{number}"
            world.dev.url = f"https://dev{number}.example.com"
            world.dev.save(force_insert=True)
        with django_assert_max_num_queries(SIGNED_IN + 12):
            told = approver.get(reverse(ACTIVITY)).json()
        assert len(told["environments"]) == 8
        assert len(told["tasks"]) == 13

    def test_at_most_thirty_tasks_are_shown_twenty_of_them_open(self, world, api):
        for _ in range(25):
            add_task(world)
            add_task(world, state=TaskState.SUCCEEDED, finished=timezone.now())
        told = api.get(reverse(ACTIVITY)).json()
        states = [task["state"] for task in told["tasks"]]
        assert (told["queued"], states.count("queued"), len(states)) == (25, 20, 30)


class TestEnvironments:
    def test_a_row_says_what_may_be_done_and_who_may(self, world, author):
        viewer = api_of(person(author, "vera", "viewer"))
        dev = viewer.get(reverse(ENVIRONMENTS)).json()["results"][0]
        assert dev["slug"] == "dev"
        assert dev["allowed_actions"]["edit"]["allowed"] is False
        assert dev["allowed_actions"]["edit"]["who"] == ["author"]
        assert {"catalogue", "writing", "freeze", "username"} <= dev.keys()

    def test_who_may_is_asked_once_for_all_rows(self, world, author, django_assert_max_num_queries):
        viewer = api_of(person(author, "vera", "viewer"))
        for number in range(5):
            world.dev.pk = None
            world.dev.name = world.dev.slug = f"dev{number}"
            world.dev.url = f"https://dev{number}.example.com"
            world.dev.save(force_insert=True)
        with django_assert_max_num_queries(3 + 5):  # who asks; the count, the rows, who writes, the freezes, who may
            assert viewer.get(reverse(ENVIRONMENTS)).json()["count"] == 7


def detail(user, slug="dev"):
    return api_of(user).get(reverse("api:environment", args=[slug])).json()


class TestEnvironment:
    def test_its_page_learns_the_age_of_the_catalogue_who_writes_and_what_is_frozen(self, world, author):
        task = add_task(world, environment=world.dev, writes=True, state=TaskState.RUNNING, started=timezone.now())
        now = timezone.now()
        window = {"starts": now - timedelta(hours=1), "ends": now + timedelta(hours=1)}
        add_freeze(actor=author, reason="Audit", tier=world.dev.tier, **window)
        CatalogueSync.objects.filter(environment=world.dev).update(finished=now)
        dev = detail(author)
        assert dev["catalogue"]["counts"] == {"database": 1}
        assert dev["writing"]["task"] == task.pk
        assert dev["freeze"]["reason"] == "Audit"
        assert dev["freeze"]["ends"]

    def test_a_sync_that_goes_on_refuses_another_and_names_nobody(self, world, author):
        add_task(world, environment=world.dev, state=TaskState.RUNNING, started=timezone.now())
        actions = detail(author)["allowed_actions"]
        assert (actions["check"]["allowed"], actions["sync"]["allowed"]) == (True, False)
        assert "does the same" in actions["sync"]["reason"]
        assert actions["sync"]["who"] == []

    def test_whoever_may_not_start_anything_reads_who_may(self, world, author):
        person(author, "oscar", "operator")
        actions = detail(person(author, "vera", "viewer"))["allowed_actions"]
        assert [actions[each]["who"] for each in ("check", "sync", "edit")] == [["oscar"], ["oscar"], ["author"]]

    def test_an_answer_to_a_change_shows_as_much(self, world, author):
        address = reverse("api:environment", args=["dev"])
        api = api_of(author)
        answers = [api.patch(address, {"check_queries": True}), api.post(f"{address}/disable")]
        answers.append(api.post(f"{address}/enable"))
        assert all(answer.json().keys() == detail(author).keys() for answer in answers)
        assert "disabled" in answers[1].json()["allowed_actions"]["sync"]["reason"]

    def test_the_catalogue_is_only_for_those_who_may_see_it(self, world, author):
        add_role(actor=author, slug="looker", title="Looker", permissions=[("environments.view", "*")])
        assert detail(person(author, "lou", "looker"))["catalogue"] is None

    def test_its_queries_are_as_many_however_much_goes_on_there(self, world, author, django_assert_num_queries):
        vera = api_of(person(author, "vera", "viewer"))
        with CaptureQueriesContext(connection) as first:
            vera.get(reverse("api:environment", args=["dev"]))
        for number in range(5):
            person(author, f"oscar{number}", "operator")
            add_task(world, environment=world.prod)
            world.dev.pk = None
            world.dev.name = world.dev.slug = f"dev{number}"
            world.dev.url = f"https://dev{number}.example.com"
            world.dev.save(force_insert=True)
        with django_assert_num_queries(len(first)):
            actions = vera.get(reverse("api:environment", args=["dev"])).json()["allowed_actions"]
        assert len(actions["sync"]["who"]) == 5

    def test_who_asked_to_lower_a_protection_reads_who_can_confirm_it(self, world, author):
        world.dev.protected = True
        world.dev.save()
        person(author, "bea", "administrator")
        address = reverse("api:environment", args=["dev"])
        asked = api_of(author).patch(address, {"protected": False, "reason": "It moves."})
        assert asked.status_code == 202
        actions = asked.json()["protection_request"]["allowed_actions"]
        assert (actions["confirm"]["allowed"], actions["confirm"]["who"]) == (False, ["bea"])
        assert actions["decline"]["allowed"] is True


class TestSearch:
    def found(self, api, text):
        return [(each["type"], each["title"]) for each in api.get(reverse(SEARCH), {"q": text}).json()["results"]]

    def test_everything_is_found_by_its_name(self, world, api):
        assert ("environment", "prod") in self.found(api, "prod")
        assert self.found(api, "birth") == [("chart", "Births"), ("chart", "Births")]
        assert ("migration", world.migration.title) in self.found(api, world.migration.title)
        assert ("task", "Sync dev") in self.found(api, "sync")

    def test_a_number_and_a_uuid_find_one(self, world, api):
        assert ("migration", world.migration.title) in self.found(api, f"#{world.migration.pk}")
        assert ("task", "Sync dev") in self.found(api, str(world.task.pk))
        assert self.found(api, str(TARGET_UUID)) == [("database", "warehouse")]

    def test_each_word_has_to_be_there_and_dashboards_come_first(self, world, api):
        world.add_asset(world.prod, "dashboard", UUID(int=70), "The births of the year")
        assert self.found(api, "births")[0] == ("dashboard", "The births of the year")
        assert self.found(api, "births year") == [("dashboard", "The births of the year")]
        assert self.found(api, "births decade") == []

    def test_only_what_the_user_may_see_is_found(self, world, author):
        nobody = api_of(User.objects.create_user("nobody", password="only-for-tests"))
        assert self.found(nobody, "births") == self.found(nobody, "prod") == []
        dana = api_of(person(author, "dana", "viewer", "dev"))
        results = dana.get(reverse(SEARCH), {"q": "births"}).json()["results"]
        assert [each["environment"] for each in results] == ["dev"]

    @pytest.mark.parametrize("text", ["", " ", "x" * 201])
    def test_words_that_are_none_or_too_many_are_refused(self, world, api, text):
        answer = api.get(reverse(SEARCH), {"q": text})
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["q"])

    def test_at_most_thirty_are_found_with_four_queries(self, world, api, django_assert_num_queries):
        for number in range(40):
            world.add_asset(world.prod, "chart", UUID(int=number + 100), f"Births {number}")
        with django_assert_num_queries(2 + 4):
            assert len(self.found(api, "births")) == 30
