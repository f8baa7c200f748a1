from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from apps.audit.models import AuditEntry
from apps.core.crypto.rotation import reencrypt
from apps.core.errors import Damaged, LockstepError, NotThere
from apps.plugins.installation import get_plugin, settings_of
from apps.plugins.models import PluginRecord
from apps.plugins.services import shown_settings, store_settings
from apps.plugins.tests.conftest import entry
from apps.plugins.tests.factories import GREETER, SET_UP


@pytest.fixture
def greeter(installed):
    return get_plugin("greeter")


@pytest.fixture
def store(author, greeter):
    def store(**changes):
        return store_settings(actor=author, plugin=greeter, changes=changes)

    return store


def test_what_is_stored_is_what_an_action_gets(store):
    assert store(**SET_UP) == ["token", "url"]
    found = settings_of("greeter")
    assert (found.url, found.token.reveal(), found.second, found.retries) == (SET_UP["url"], "open-sesame", None, 3)


def test_settings_left_out_stay_and_null_restores_the_default(store):
    store(**SET_UP, retries=5)
    assert store(second="more") == ["second"]
    assert (settings_of("greeter").retries, settings_of("greeter").token.reveal()) == (5, "open-sesame")
    assert store(retries=None, second=None) == ["retries", "second"]
    assert (settings_of("greeter").retries, settings_of("greeter").second) == (3, None)
    assert store(**SET_UP) == []


def test_secrets_are_encrypted_in_the_database_and_shown_nowhere(store, greeter):
    store(**SET_UP)
    with connection.cursor() as cursor:
        cursor.execute("SELECT settings, secrets FROM plugins_pluginrecord")
        (row,) = cursor.fetchall()
    assert "open-sesame" not in str(row)
    assert "open-sesame" not in repr(settings_of("greeter"))
    assert shown_settings(greeter) == {"url": SET_UP["url"], "token": True, "second": False, "retries": 3}
    (told,) = AuditEntry.objects.filter(action="plugin.settings")
    assert told.after == {"token": "********", "url": SET_UP["url"]}
    assert told.before == {"token": None, "url": None}


def test_a_new_encryption_key_keeps_the_settings(store, settings):
    store(**SET_UP)
    new = "YW5vdGhlci1vbmUtZm9yLXRlc3RzLW9ubHktMDAwMDE="
    assert reencrypt([new, *settings.ENCRYPTION_KEYS]) == 1
    settings.ENCRYPTION_KEYS = [new]
    assert settings_of("greeter").token.reveal() == "open-sesame"


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"url": "x"}, {"token": ["This setting is required."]}),
        ({**SET_UP, "retries": "many"}, {"retries": ["This must be a whole number."]}),
        ({**SET_UP, "token": 7}, {"token": ["This must be text."]}),
        ({**SET_UP, "size": 1}, {"size": ["There is no such setting. Known settings: url, token, second, retries."]}),
    ],
)
def test_what_does_not_fit_is_refused_and_not_stored(store, greeter, changes, errors):
    with pytest.raises(ValidationError) as refused:
        store(**changes)
    assert refused.value.message_dict == errors
    assert PluginRecord.objects.get(slug="greeter").settings == {}


def test_a_plugin_that_declares_no_settings_has_none(installed, module, author):
    module.plugin = replace(GREETER, settings=None)
    installed(entry("greeter"))
    assert settings_of("greeter") is None
    assert shown_settings(get_plugin("greeter")) == {}
    with pytest.raises(NotThere, match="has no settings"):
        store_settings(actor=author, plugin=get_plugin("greeter"), changes={})


def test_what_a_new_version_declares_otherwise_is_reported(store, module, installed):
    store(**SET_UP)

    @dataclass(frozen=True)
    class Newer:
        url: str
        account: str

    Newer.__annotations__ = {"url": str, "account": str}
    module.plugin = replace(GREETER, settings=Newer)
    installed(entry("greeter"))
    with pytest.raises(LockstepError, match="“greeter” is not configured. account: This setting is required."):
        settings_of("greeter")
    store(account="ann")
    assert settings_of("greeter") == Newer(SET_UP["url"], "ann")


def test_secrets_of_a_lost_key_stop_no_page_and_can_be_set_again(store, settings):
    store(**SET_UP)
    settings.ENCRYPTION_KEYS = ["YW5vdGhlci1vbmUtZm9yLXRlc3RzLW9ubHktMDAwMDE="]
    assert shown_settings(get_plugin("greeter")) == {
        "url": SET_UP["url"],
        "token": False,
        "second": False,
        "retries": 3,
    }
    for refused in (lambda: settings_of("greeter"), lambda: store(retries=5)):
        with pytest.raises(Damaged, match="or enter the credential again"):
            refused()
    assert store(token="open-sesame") == ["token"]
    assert settings_of("greeter").token.reveal() == "open-sesame"
