from __future__ import annotations

import pytest

from apps.core.errors import LockstepError, NotThere, Refused
from apps.plugins import policies
from apps.plugins.policies import allowed_actions, may_run, reason_against, require_runnable
from apps.plugins.services import get_plugin, set_enabled, store_settings
from apps.plugins.tests.conftest import entry
from apps.plugins.tests.factories import GREET, SET_UP


@pytest.fixture
def ready(installed, author):
    plugin = get_plugin("greeter")
    set_enabled(actor=author, plugin=plugin, enabled=True)
    store_settings(actor=author, plugin=plugin, changes=SET_UP)
    return plugin


def allowed(verdicts):
    return {name for name, verdict in verdicts.items() if verdict.allowed}


def test_an_administrator_runs_what_is_enabled_and_set_up(ready, author):
    assert require_runnable(author, "greeter", "greet") is GREET
    assert allowed(may_run(author, ready)) == {"greet", "rest"}


@pytest.mark.parametrize("person", ["viewer", "staff"])
def test_nobody_else_may_run_anything(ready, person, request):
    user = request.getfixturevalue(person)
    assert "only administrators can run plugins" in reason_against(user, "greeter", "greet", None)
    assert allowed(may_run(user, ready)) == allowed(allowed_actions(user, ready)) == set()
    with pytest.raises(Refused):
        require_runnable(user, "greeter", "nothing of the kind")


def test_an_inactive_administrator_may_not_either(ready, author):
    author.is_active = False
    assert reason_against(author, "greeter", "greet", None)


def test_all_is_asked_of_one_place(ready, author, monkeypatch):
    asked = []
    monkeypatch.setattr(policies, "reason_against", lambda *facts: asked.append(facts) or "Not on Mondays.")
    assert {verdict.reason for verdict in may_run(author, ready).values()} == {"Not on Mondays."}
    assert asked == [(author, "greeter", "greet", None), (author, "greeter", "rest", None)]


def test_what_is_not_set_up_cannot_be_run(installed, author):
    set_enabled(actor=author, plugin=get_plugin("greeter"), enabled=True)
    with pytest.raises(LockstepError, match="not set up. url: This setting is missing. token: This setting is missing"):
        require_runnable(author, "greeter", "greet")


def test_what_may_be_done_follows_its_state(ready, author, installed):
    assert allowed(allowed_actions(author, ready)) == {"disable", "settings"}
    set_enabled(actor=author, plugin=ready, enabled=False)
    assert allowed(allowed_actions(author, ready)) == {"enable", "settings"}
    installed(entry("greeter", "gone"))
    broken = get_plugin("greeter")
    assert allowed(allowed_actions(author, broken)) == set()
    assert "“Greeter” is broken: AttributeError" in allowed_actions(author, broken)["enable"].reason
    with pytest.raises(NotThere):
        require_runnable(author, "greeter", "greet")
