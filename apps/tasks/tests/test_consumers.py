"""Sockets as browsers see them, on the real web server."""

from __future__ import annotations

from contextlib import closing
from unittest import mock

import pytest
from django.utils import timezone
from django.utils.module_loading import import_string
from websockets.exceptions import InvalidStatus

from apps.tasks.live import consumers, hub, streams
from apps.tasks.live.doorbell import ACTIVITY, ring, task_topic
from apps.tasks.models import Task, TaskState
from apps.tasks.services import start_task
from apps.tasks.tests.sockets import Site, signed_in, wait_until
from apps.tasks.transitions import transition
from apps.tasks.web import server
from apps.tasks.worker.journal import Line, append
from apps.users.services.grants import get_role, grant_role

SHARED = import_string("project.routing.hub")


@pytest.fixture
def task(transactional_db, author):
    return Task.objects.create(plugin="probe", action="say", actor=author, state=TaskState.RUNNING)


@pytest.fixture
def browser(site, task, author):
    """Opens sockets that watch the task."""
    who = signed_in(author)
    return lambda **asked: site.browser(f"ws/tasks/{task.pk}/", who).say(**asked)


def tell(task, *texts, **facts):
    append(task, *(Line(text, **facts) for text in texts))


def end(task):
    assert transition(task, to=TaskState.SUCCEEDED, actor=None, finished=timezone.now())


def texts(lines):
    return [line["text"] for line in lines]


def test_a_browser_gets_what_is_there_then_what_comes_then_the_end(task, browser):
    tell(task, "one", "two")
    watching = browser(after=0)
    assert watching.wait_for("task")["task"]["state"] == "running"
    assert texts(watching.lines(2)) == ["one", "two"]
    tell(task, "three")
    assert texts(watching.lines(1)) == ["three"]
    end(task)
    told = watching.to_the_end()
    assert [each["type"] for each in told] == ["task", "end"]
    assert told[1] == {"type": "end", "state": "succeeded", "last": 3}
    assert watching.closed == (1000, "The task has ended.")


def test_a_line_is_sent_with_all_its_facts(task, browser):
    at = timezone.now()
    append(task, Line("grüße", "warning", "probe.say", {"tables": 3}, at))
    assert browser(after=0).wait_for("lines") == {
        "type": "lines",
        "last": 1,
        "lines": [
            {
                "seq": 1,
                "at": at.isoformat().replace("+00:00", "Z"),
                "level": "warning",
                "source": "probe.say",
                "text": "grüße",
                "facts": {"tables": 3},
            }
        ],
    }


def test_only_the_lines_that_the_browser_lacks_are_sent(task, browser):
    tell(task, *map(str, range(1, 11)))
    end(task)
    assert [each["type"] for each in browser(after=10).to_the_end()] == ["task", "end"]
    assert texts(browser(after=7).lines(3)) == ["8", "9", "10"]


def test_many_lines_come_in_order_and_in_messages_of_a_bounded_size(task, browser):
    tell(task, *(f"{number} {'x' * 1000}" for number in range(1, 1001)))
    end(task)
    messages = [each for each in browser(after=0).to_the_end() if each["type"] == "lines"]
    assert [line["seq"] for each in messages for line in each["lines"]] == list(range(1, 1001))
    assert all(len(str(each)) < 2 * streams.CHARACTERS for each in messages)
    assert [each["last"] for each in messages] == [each["lines"][-1]["seq"] for each in messages]


def test_lines_are_chosen_by_level_and_source_and_the_end_counts_all(task, browser):
    for level in ("debug", "info", "warning"):
        for source in ("worker", "probe.say"):
            tell(task, f"{level} of {source}", level=level, source=source)
    watching = browser(after=0, level=["info", "warning"], source=["worker"])
    assert texts(watching.lines(2)) == ["info of worker", "warning of worker"]
    tell(task, "not for this browser", level="debug", source="worker")
    end(task)
    assert watching.to_the_end()[-1] == {"type": "end", "state": "succeeded", "last": 7}


def test_a_browser_may_ask_again_for_other_lines(task, browser):
    tell(task, "one", "two", level="debug")
    watching = browser(after=1)
    assert texts(watching.lines(1)) == ["two"]
    watching.say(after=0, level=["debug"])
    assert texts(watching.lines(2)) == ["one", "two"]


def test_stages_and_progress_are_sent_as_they_change(task, browser):
    watching = browser(after=0)
    watching.wait_for("task")
    Task.objects.update(progress={"stage": "lists", "done": 3, "total": 4})
    ring(task_topic(task.pk))
    assert watching.wait_for("task")["task"]["progress"] == {"stage": "lists", "done": 3, "total": 4}


def test_a_lost_ring_loses_nothing(task, browser, monkeypatch):
    monkeypatch.setattr(hub.Doorbell, "open", lambda _: None)
    watching = browser(after=0)
    watching.wait_for("task")
    tell(task, "nobody rang")
    assert texts(watching.lines(1)) == ["nobody rang"]


def test_browsers_that_watch_the_same_are_served_by_one_reading(task, browser, monkeypatch):
    watching = [browser(after=0) for _ in range(20)]
    for each in watching:
        each.wait_for("task")
    reading = mock.Mock(wraps=streams._lines)
    monkeypatch.setattr(streams, "_lines", reading)
    for number in range(10):
        tell(task, f"line {number}")
        for each in watching:
            assert texts(each.lines(1)) == [f"line {number}"]
    assert reading.call_count < 60  # one when it rings and one each second without; each browser by itself would be 200


def test_a_browser_that_does_not_read_costs_nobody_anything(task, browser, site):
    tell(task, *("x" * 10_000 for _ in range(1500)))
    slow, quick = browser(after=0), browser(after=0)
    end(task)
    assert quick.to_the_end()[-1]["last"] == 1500
    waiting = [each.transport.get_write_buffer_size() for each in site.server.server_state.connections]
    assert max(waiting) < 500_000
    assert slow.to_the_end()[-1]["last"] == 1500


def test_a_browser_that_takes_nothing_for_long_is_dropped_with_all_that_waits_for_it(task, author, monkeypatch, caplog):
    monkeypatch.setattr(server, "STALLED", 1000)
    monkeypatch.setattr(consumers, "SLOW", 0.2)
    tell(task, *("x" * 10_000 for _ in range(1500)))
    with closing(Site()) as site:
        slow = site.browser(f"ws/tasks/{task.pk}/", signed_in(author)).say(after=0)
        wait_until(lambda: SHARED._users, "it has no seat")
        wait_until(lambda: not SHARED._users, "it still has its seat")
        wait_until(lambda: not site.server.server_state.connections, "its connection is still there")
        assert slow.to_the_end()[-1]["type"] == "lines"
    assert caplog.records == []


def test_a_silent_stream_gives_signs_of_life(task, browser, monkeypatch):
    monkeypatch.setattr(streams, "HEARTBEAT", 0.1)
    watching = browser(after=0)
    watching.wait_for("task")
    assert watching.hear() == watching.hear() == {"type": "beat"}


def test_a_task_that_is_removed_is_not_watched_any_more(task, browser):
    watching = browser(after=0)
    watching.wait_for("task")
    task.delete()
    assert watching.closed[0] == 4004


@pytest.mark.parametrize(
    "sent",
    ["", "{", "[]", '{"from": 1}', '{"after": -1}', '{"after": true}', '{"level": 1}', r'{"source": ["\u0000"]}'],
)
def test_what_is_not_understood_closes_the_socket(browser, sent):
    watching = browser(after=0)
    watching.line.send(sent)
    assert watching.closed[0] == 4000


def test_more_than_a_question_is_not_read(browser):
    watching = browser(after=0)
    watching.line.send("x" * 5000)
    assert watching.closed[0] == 1009


def test_an_internal_error_is_reported_and_logged(browser, monkeypatch, caplog):
    monkeypatch.setattr(streams, "_update", lambda *_: 1 / 0)
    assert browser(after=0).closed[0] == 1011
    assert "ZeroDivisionError" in caplog.text


# --- Who may watch


@pytest.mark.parametrize("path", ["ws/tasks/{}/", "ws/activity/"])
def test_nobody_watches_without_a_session(site, task, path):
    assert site.browser(path.format(task.pk)).closed == (4001, "Sign in first.")


def test_nobody_watches_while_a_password_change_is_due(site, viewer):
    who = signed_in(viewer)
    type(viewer).objects.filter(pk=viewer.pk).update(must_change_password=True)
    assert site.browser("ws/activity/", who).closed == (4003, "Change your password first.")


def test_a_key_that_is_none_is_no_session(site, viewer):
    who = signed_in(viewer)
    for key in ("x" * 32, '"\\000"', "%00"):
        who.cookies["lockstep_session"].set("lockstep_session", key, key)
        assert site.browser("ws/activity/", who).closed == (4001, "Sign in first.")


def test_who_signed_out_gets_nothing_of_what_was_not_sent_yet(site, task, author, monkeypatch):
    closing_time = mock.Mock(side_effect=consumers.WatchingConsumer.close)
    monkeypatch.setattr(consumers.WatchingConsumer, "close", lambda *told: closing_time(*told))  # noqa: PLW0108 - a method
    tell(task, *("x" * 10_000 for _ in range(1500)))
    who = signed_in(author)
    slow = site.browser(f"ws/tasks/{task.pk}/", who).say(after=0)
    first = slow.lines(1)
    who.logout()
    wait_until(lambda: closing_time.called, "nobody noticed")
    seen = [line for told in slow.to_the_end() for line in told.get("lines", [])]
    assert slow.closed[0] == 4001
    assert len(first + seen) < 1500


def test_a_task_that_is_not_there_is_the_same_as_one_that_is_not_visible(site, task, author, viewer):
    numbers = ((author, task.pk + 1), (author, 10**30), (viewer, task.pk), (viewer, task.pk + 1))
    for user, number in numbers:
        closed = site.browser(f"ws/tasks/{number}/", signed_in(user)).closed
        assert closed == (4004, "No such task, or you may not see it.")


def test_who_signs_out_watches_no_more(site, task, author):
    who = signed_in(author)
    watching = [site.browser(path, who) for path in (f"ws/tasks/{task.pk}/", "ws/activity/")]
    other = site.browser("ws/activity/", signed_in(author))
    who.logout()
    assert [each.closed[0] for each in watching] == [4001, 4001]
    assert other.hear()["type"] == "activity"
    other.line.ping().wait(5)


def test_many_who_come_together_are_asked_for_once_each(site, author, monkeypatch):
    admissions, readings = mock.Mock(wraps=consumers.user_of_session), mock.Mock(wraps=hub.living_sessions)
    monkeypatch.setattr(consumers, "user_of_session", admissions)
    monkeypatch.setattr(hub, "living_sessions", readings)
    everybody = [signed_in(author) for _ in range(10)]
    watching = [site.browser("ws/activity/", who) for who in everybody]
    assert {each.hear()["type"] for each in watching} == {"activity"}
    wait_until(lambda: any(len(call.args[0]) == 10 for call in readings.call_args_list), "not all were asked for")
    assert admissions.call_count == 10
    everybody[-1].logout()
    assert watching[-1].closed[0] == 4001
    assert admissions.call_count == 11
    assert readings.call_count < 20


def test_ones_own_task_can_be_watched_without_a_role(site, task, viewer):
    own = Task.objects.create(plugin="probe", action="say", actor=viewer, state=TaskState.FAILED)
    watching = site.browser(f"ws/tasks/{own.pk}/", signed_in(viewer)).say(after=0)
    assert watching.wait_for("end")["state"] == "failed"


def test_a_revoked_permission_is_found_by_asking_again(browser, author, viewer, monkeypatch):
    monkeypatch.setattr(consumers, "RECHECK", 0.2)
    watching = browser(after=0)
    watching.wait_for("task")
    Task.objects.update(actor=viewer)
    author.is_superuser = False
    author.save()
    assert watching.closed[0] == 4004


def test_a_session_that_was_not_used_for_long_watches_no_more(browser, author, monkeypatch, settings):
    monkeypatch.setattr(consumers, "RECHECK", 0.2)
    watching = browser(after=0)
    watching.wait_for("task")
    settings.SESSION_LIFETIME = settings.SESSION_IDLE = -1
    assert watching.closed[0] == 4001


def test_an_account_that_was_made_inactive_watches_no_more(browser, author, monkeypatch):
    monkeypatch.setattr(consumers, "RECHECK", 0.2)
    watching = browser(after=0)
    author.is_active = False
    author.save()
    assert watching.closed[0] == 4001


@pytest.mark.parametrize("origin", ["https://evil.example.com", "http://127.0.0.1:1", "null", "http://[", "//x"])
def test_a_page_of_somebody_else_opens_no_socket(site, task, author, origin):
    with pytest.raises(InvalidStatus) as refused:
        site.browser(f"ws/tasks/{task.pk}/", signed_in(author), origin=origin)
    assert refused.value.response.status_code == 403


def test_a_host_that_is_not_ours_opens_no_socket(site, author):
    with pytest.raises(InvalidStatus):
        site.browser("ws/activity/", signed_in(author), host="evil.example.com")


def test_a_trusted_origin_opens_a_socket(site, author, settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.example.com", "http://other.example.org:8443"]
    for origin in ("https://lockstep.example.com", "http://other.example.org:8443"):
        assert site.browser("ws/activity/", signed_in(author), origin=origin).hear()["type"] == "activity"
    with pytest.raises(InvalidStatus):
        site.browser("ws/activity/", signed_in(author), origin="http://lockstep.example.com")


def test_other_addresses_have_no_sockets(site, author):
    for path in ("ws/", "ws/tasks/", "ws/tasks/x/", "admin/"):
        with pytest.raises(InvalidStatus):
            site.browser(path, signed_in(author))


def test_a_user_has_so_many_sockets_and_a_process_too(site, author, monkeypatch):
    who = signed_in(author)
    monkeypatch.setattr(hub, "MOST_OF_ONE", 2)
    first, second = site.browser("ws/activity/", who), site.browser("ws/activity/", signed_in(author))
    assert (first.hear()["type"], second.hear()["type"]) == ("activity", "activity")
    assert site.browser("ws/activity/", who).closed == (4029, "Too many open sockets: close some.")
    monkeypatch.setattr(hub, "MOST_OF_ONE", 9)
    monkeypatch.setattr(hub, "MOST", 2)
    assert site.browser("ws/activity/", who).closed[0] == 4029
    first.line.close()
    wait_until(lambda: SHARED._users.total() == 1, "the seat is not free")
    assert site.browser("ws/activity/", who).hear()["type"] == "activity"


# --- All tasks


def test_activity_sends_unfinished_tasks_and_then_each_change(site, task, author, probe):
    Task.objects.create(plugin="probe", action="old", actor=author, state=TaskState.FAILED)
    watching = site.browser("ws/activity/", signed_in(author))
    told = watching.hear()
    assert told["counts"] == {"running": 1, "failed": 1}
    assert [row["id"] for row in told["tasks"]] == [task.pk]
    assert told["tasks"][0] | {"plugin": "probe", "state": "running", "actor": "author"} == told["tasks"][0]
    new = start_task(actor=author, plugin="probe", action="say", params={"text": "x"})
    told = watching.hear()
    assert told["counts"] == {"running": 1, "failed": 1, "queued": 1}
    assert [(row["id"], row["state"]) for row in told["tasks"]] == [(new.pk, "queued")]
    end(task)
    told = watching.hear()
    assert told["counts"] == {"succeeded": 1, "failed": 1, "queued": 1}
    assert [(row["id"], row["state"]) for row in told["tasks"]] == [(task.pk, "succeeded")]


def test_a_task_that_began_and_ended_between_two_looks_is_reported(site, task, author):
    watching = site.browser("ws/activity/", signed_in(author))
    watching.hear()
    quick = Task.objects.create(plugin="probe", action="say", actor=author, state=TaskState.SUCCEEDED)
    assert [(row["id"], row["state"]) for row in watching.hear()["tasks"]] == [(quick.pk, "succeeded")]


def test_many_tasks_come_in_messages_of_a_bounded_size(site, author):
    Task.objects.bulk_create(Task(plugin="probe", action="say", actor=author) for _ in range(250))
    watching = site.browser("ws/activity/", signed_in(author))
    assert [len(watching.hear()["tasks"]) for _ in range(3)] == [100, 100, 50]


def test_activity_is_of_the_tasks_that_the_user_may_see(site, task, author, viewer):
    watching = site.browser("ws/activity/", signed_in(viewer))
    assert watching.hear() == {"type": "activity", "counts": {}, "tasks": []}
    Task.objects.create(plugin="probe", action="say", actor=author)
    own = Task.objects.create(plugin="probe", action="say", actor=viewer)
    ring(ACTIVITY)
    told = watching.hear()
    assert (told["counts"], [row["id"] for row in told["tasks"]]) == ({"queued": 1}, [own.pk])


def test_a_role_that_is_granted_shows_more_tasks(site, task, author, viewer, monkeypatch):
    monkeypatch.setattr(consumers, "RECHECK", 0.2)
    watching = site.browser("ws/activity/", signed_in(viewer))
    assert watching.hear()["counts"] == {}
    grant_role(actor=author, user=viewer, role=get_role("viewer"))
    told = watching.hear()
    assert (told["counts"], [row["id"] for row in told["tasks"]]) == ({"running": 1}, [task.pk])


def test_nothing_is_to_be_sent_to_activity(site, author):
    watching = site.browser("ws/activity/", signed_in(author)).say(after=1)
    assert watching.closed[0] == 4000
