from __future__ import annotations

import pytest

from apps.audit.models import AuditEntry
from apps.core.tests.pages import Pages
from apps.plugins.models import PluginRecord, PluginState
from apps.plugins.services import refresh_records
from apps.plugins.tests.conftest import entry

LIST = "plugins/pluginrecord/"


@pytest.fixture
def pages(author):
    refresh_records()
    return Pages(author)


def test_the_list_and_a_page_tell_what_each_can_do(pages):
    assert "Catalogue" in pages.see(LIST)
    assert "catalogue.sync" in pages.see(f"{LIST}{PluginRecord.objects.get(slug='catalogue').pk}/change/")


def test_one_is_disabled_and_enabled_by_a_button(pages):
    plugin = PluginRecord.objects.get(slug="catalogue")
    for action, enabled in (("disable", False), ("enable", True)):
        pages.send(f"{LIST}{plugin.pk}/{action}/")
        plugin.refresh_from_db()
        assert plugin.enabled is enabled
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["plugin.disable", "plugin.enable"]


def test_a_broken_one_tells_why_and_cannot_be_enabled(installed, pages):
    installed(entry("greeter", "nothing"))
    assert "broken" in pages.see(LIST)
    row = PluginRecord.objects.get(slug="greeter")
    page = pages.see(f"{LIST}{row.pk}/change/")
    assert "AttributeError: module" in page
    assert "“Greeter” is broken" in pages.send(f"{LIST}{row.pk}/enable/")
    row.refresh_from_db()
    assert (row.enabled, row.state) == (False, PluginState.BROKEN)
