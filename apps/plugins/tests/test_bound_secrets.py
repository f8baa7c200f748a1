from __future__ import annotations

import pytest

from apps.core.crypto.encryption import Secret
from apps.core.errors import Misplaced
from apps.environments.models import Environment
from apps.plugins.models import PluginRecord

pytestmark = pytest.mark.django_db


def stored(slug):
    found = PluginRecord.objects.get(slug=slug).secrets
    assert found is not None
    return found


def test_a_secret_of_a_plugin_does_not_open_as_that_of_an_environment():
    Environment.objects.create(name="dev", slug="dev", url="https://dev.example.com", secret=Secret.of("of dev"))
    PluginRecord.objects.create(slug="dev", secrets=Secret.of("of the plugin"))
    Environment.objects.update(secret=Secret(stored("dev").token))
    with pytest.raises(Misplaced):
        Environment.objects.get().secret.reveal()


def test_a_secret_of_a_plugin_does_not_open_as_that_of_another():
    PluginRecord.objects.create(slug="one", secrets=Secret.of("of one"))
    PluginRecord.objects.create(slug="two", secrets=Secret.of("of two"))
    PluginRecord.objects.filter(slug="two").update(secrets=Secret(stored("one").token))
    with pytest.raises(Misplaced):
        stored("two").reveal()


def test_a_secret_of_a_plugin_is_for_its_settings():
    """The address that it is sent to is one of them."""
    PluginRecord.objects.create(slug="greeter", settings={"url": "https://a"}, secrets=Secret.of("open-sesame"))
    assert stored("greeter").reveal() == "open-sesame"
    PluginRecord.objects.update(settings={"url": "https://evil"})
    with pytest.raises(Misplaced):
        stored("greeter").reveal()
