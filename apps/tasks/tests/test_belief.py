from __future__ import annotations

import logging
import threading
from dataclasses import replace

import pytest

from apps.contracts.belief import belief_scope, logger, reason, reflect
from apps.tasks.tests.factories import ended, start
from apps.tasks.tests.probe import plugin
from apps.tasks.worker import runner
from apps.tasks.worker.belief import beliefs_as_lines
from apps.tasks.worker.journal import Line
from apps.tasks.worker.masking import Mask


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.INFO, logger.name)
    return []


def test_a_belief_becomes_a_line_with_its_anchor_as_the_source(lines):
    with beliefs_as_lines(lines.append, Mask([])), belief_scope("shop.till"):
        reason("it is closed", coins=3)
        reflect("it is open")
    assert [(line.text, line.level, line.source, line.facts) for line in lines] == [
        ("reason: it is closed", "debug", "shop.till", {"coins": 3}),
        ("reflect: it is open", "debug", "shop.till", {}),
    ]


def test_entry_and_exit_are_lines_where_they_are_switched_on(lines, caplog):
    caplog.set_level(logging.DEBUG, logger.name)
    with beliefs_as_lines(lines.append, Mask([])), belief_scope("shop.till"):
        pass
    assert [(line.text, line.level) for line in lines] == [("entry", "debug"), ("exit", "debug")]


def test_the_secrets_of_environments_are_hidden(lines):
    with beliefs_as_lines(lines.append, Mask(["hunter2"])), belief_scope("shop.till"):
        reason("it says hunter2", answer=["hunter2"])
    assert "hunter2" not in f"{lines[0].text} {lines[0].facts}"


def test_after_the_task_nothing_is_reported(lines):
    with beliefs_as_lines(lines.append, Mask([])):
        pass
    with belief_scope("shop.till"):
        reason("it is closed")
    assert lines == []
    assert not logger.handlers


def test_two_tasks_in_one_process_hear_of_their_own_beliefs_only():
    both = threading.Barrier(2)
    heard: dict[str, list[Line]] = {"one": [], "two": []}

    def run(name):
        with beliefs_as_lines(heard[name].append, Mask([])), belief_scope(f"shop.{name}"):
            both.wait()
            reason("it is closed")
            both.wait()

    threads = [threading.Thread(target=run, args=(name,)) for name in heard]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: [line.source for line in lines] for name, lines in heard.items()} == {
        "one": ["shop.one"],
        "two": ["shop.two"],
    }


@pytest.mark.usefixtures("transactional_db", "probe")
def test_what_is_believed_while_a_task_runs_are_its_lines(author, monkeypatch):
    def believe(context, params):
        context.log("opening")
        with belief_scope("shop.till"):
            reason("it is closed", coins=3)
            reflect("it is open")

    say = plugin.action("say")
    assert say
    monkeypatch.setattr(runner, "runnable_action", lambda _plugin, _action: replace(say, run=believe))
    task = ended(start(author, "say", text="hello"))
    assert [(line.source, line.text, line.facts) for line in task.lines.exclude(source="worker")] == [
        ("probe.say", "opening", {}),
        ("shop.till", "reason: it is closed", {"coins": 3}),
        ("shop.till", "reflect: it is open", {}),
    ]


@pytest.mark.usefixtures("transactional_db", "probe")
def test_the_worker_shows_why_it_claims_and_runs_a_task(author, lines, caplog):
    task = ended(start(author, "say", text="hello"))
    told = [(each.anchor, each.marker, each.facts["task"]) for each in caplog.records if each.name == logger.name]
    assert told == [
        ("tasks.worker.claims", "reason", task.pk),
        ("tasks.worker.claims", "reflect", task.pk),
        ("tasks.worker.runner", "reason", task.pk),
        ("tasks.worker.runner", "reflect", task.pk),
    ]
