from __future__ import annotations

from dataclasses import dataclass

import pytest

from apps.core.errors import LockstepError, NotThere, Refused
from apps.plugins.installation import get_plugin
from apps.plugins.policies import allowed_actions, may_run, reason_against, require_offered, require_runnable
from apps.plugins.services import set_enabled, store_settings
from apps.plugins.tests.conftest import entry
from apps.plugins.tests.factories import GREET, SET_UP
from apps.users.models import Role, User
from apps.users.services.grants import grant_role


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
    assert "have the permission greeter.greet" in reason_against(user, "greeter", "greet", None)
    assert allowed(may_run(user, ready)) == allowed(allowed_actions(user, ready)) == set()
    with pytest.raises(Refused):
        require_runnable(user, "greeter", "nothing of the kind")


def test_an_inactive_administrator_may_not_either(ready, author):
    author = User(is_superuser=True, is_active=False)
    assert reason_against(author, "greeter", "greet", None)


@dataclass(frozen=True)
class Somewhere:
    slug: str
    tier: str

    def __str__(self):
        return self.slug


DEV, PROD = Somewhere("dev", "dev"), Somewhere("prod", "prod")


@pytest.fixture
def greeting_role(db):
    role = Role.objects.create(slug="greeting", title="Greeting")
    role.permissions.create(what="greeter.greet")
    return role


def test_a_role_permits_single_actions_where_it_is_granted(ready, author, viewer, greeting_role):
    grant_role(actor=author, user=viewer, role=greeting_role, where="tier:dev")
    assert require_runnable(viewer, "greeter", "greet", DEV) is GREET
    assert "on “prod”" in reason_against(viewer, "greeter", "greet", PROD)
    assert reason_against(viewer, "greeter", "greet", None)
    assert reason_against(viewer, "greeter", "rest", DEV)
    assert allowed(may_run(viewer, ready)) == {"greet"}
    assert require_offered(viewer, "greeter", "greet") is GREET


def test_only_who_may_set_plugins_up_does(ready, viewer):
    with pytest.raises(Refused, match="plugins.edit"):
        set_enabled(actor=viewer, plugin=ready, enabled=False)
    with pytest.raises(Refused, match="plugins.edit"):
        store_settings(actor=viewer, plugin=ready, changes={"retries": 1})


def test_what_is_not_set_up_cannot_be_run(installed, author):
    set_enabled(actor=author, plugin=get_plugin("greeter"), enabled=True)
    with pytest.raises(
        LockstepError, match="not configured. url: This setting is required. token: This setting is required"
    ):
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
