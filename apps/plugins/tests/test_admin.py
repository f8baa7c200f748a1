from __future__ import annotations

import pytest

from apps.audit.models import AuditEntry
from apps.core.tests.pages import Pages
from apps.plugins.installation import get_plugin, refresh_records, settings_of
from apps.plugins.models import PluginRecord, PluginState
from apps.plugins.tests.conftest import entry

LIST = "plugins/pluginrecord/"


@pytest.fixture
def pages(author):
    refresh_records()
    return Pages(author)


def test_the_list_and_a_page_show_what_each_can_do(pages):
    assert "Catalogue" in pages.see(LIST)
    assert "catalogue.sync" in pages.see(f"{LIST}{PluginRecord.objects.get(slug='catalogue').pk}/change/")


def test_a_plugin_is_disabled_and_enabled_by_a_button(pages):
    plugin = PluginRecord.objects.get(slug="catalogue")
    for action, enabled in (("disable", False), ("enable", True)):
        pages.send(f"{LIST}{plugin.pk}/{action}/")
        plugin.refresh_from_db()
        assert plugin.enabled is enabled
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["plugin.disable", "plugin.enable"]


class TestSettings:
    @pytest.fixture
    def page(self, installed, pages):
        return f"{LIST}{get_plugin('greeter').pk}/settings/"

    def test_settings_are_filled_in_and_secrets_are_not_shown_again(self, pages, page):
        shown = pages.send(page, url="https://x", token="open-sesame", retries="4")
        assert "Changed: retries, token, url." in shown
        assert "open-sesame" not in shown + pages.see(page)
        found = settings_of("greeter")
        assert (found.url, found.token.reveal(), found.retries) == ("https://x", "open-sesame", 4)

    def test_an_empty_secret_stays_and_an_empty_number_is_the_default_again(self, pages, page):
        pages.send(page, url="https://x", token="open-sesame", retries="4")
        assert "A value is stored: leave this empty to keep it." in pages.see(page)
        assert "Changed: retries." in pages.send(page, url="https://x")
        assert (settings_of("greeter").token.reveal(), settings_of("greeter").retries) == ("open-sesame", 3)

    def test_what_is_missing_is_reported_at_its_field(self, pages, page):
        assert "This setting is required." in pages.send(page, url="https://x")

    def test_a_plugin_without_settings_has_no_settings_page(self, pages):
        row = get_plugin("catalogue")
        assert "has no settings" in pages.send(f"{LIST}{row.pk}/settings/")


def test_a_broken_plugin_says_why_and_cannot_be_enabled(installed, pages):
    installed(entry("greeter", "nothing"))
    assert "broken" in pages.see(LIST)
    row = PluginRecord.objects.get(slug="greeter")
    page = pages.see(f"{LIST}{row.pk}/change/")
    assert "AttributeError: module" in page
    assert "“Greeter” is broken" in pages.send(f"{LIST}{row.pk}/enable/")
    row.refresh_from_db()
    assert (row.enabled, row.state) == (False, PluginState.BROKEN)
