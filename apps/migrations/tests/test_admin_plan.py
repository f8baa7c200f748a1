"""What the pages of a migration show of its plan before anybody decides."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from apps.catalogue.models import CatalogueAsset
from apps.core.tests.pages import Pages
from apps.environments.models import Environment
from apps.migrations.admin_pages.content import diff_lines
from apps.migrations.services.approval import submit
from apps.migrations.services.planning import stored_plan
from apps.superset.assets import Kind
from apps.superset.tests.world import BIRTHS
from apps.tasks.models import Task
from apps.users.models import User

LIST = "migrations/migration/"


@pytest.fixture
def pages(author):
    return Pages(author)


def restricted_plan(stage):
    stage.dev.roles[BIRTHS] = [3]
    return stage.plan(acknowledge=(f"restricted:{BIRTHS}",))


@pytest.fixture
def submitted(stage):
    """A plan with a warning: roles restrict its dashboard, which the planner acknowledged."""
    Environment.objects.filter(pk=stage.target.pk).update(protected=True)
    stage.target.refresh_from_db()
    migration = restricted_plan(stage)
    submit(actor=stage.author, migration=migration)
    return migration


def page_of(migration, action="change"):
    return f"{LIST}{migration.pk}/{action}/"


def notes_of(migration):
    plan = stored_plan(migration)
    assert [*plan.losses, *plan.warnings]
    return [*plan.losses, *plan.warnings]


def outside(page):
    """The links that leave Lockstep."""
    return re.findall(r'<a class="ls-outside" href="([^"]*)"([^>]*)>', page)


@pytest.mark.parametrize("action", ["approve", "reject"])
def test_whoever_decides_reads_the_warnings_and_losses_first(submitted, action):
    notes = notes_of(submitted)
    page = Pages(User.objects.create_superuser("boss")).see(page_of(submitted, action))
    for note in notes:
        assert note.text in page
        assert page.index(note.text) < page.index('name="confirmed"')


def test_whoever_applies_reads_the_warnings_and_losses_first(pages, stage):
    migration = restricted_plan(stage)
    page = pages.see(page_of(migration, "apply"))
    for note in notes_of(migration):
        assert note.text in page


def test_assets_link_to_their_pages_in_superset(pages, stage):
    chart = next(iter(stage.dev.documents[Kind.CHART].values()))
    CatalogueAsset.objects.create(
        environment=stage.source, kind="chart", uuid=chart["uuid"], asset_id=77, name="x", seen_at=timezone.now()
    )
    migration = stage.plan()
    found = outside(pages.see(page_of(migration)))
    addresses = [address for address, _ in found]
    assert f"{stage.source.url}/superset/dashboard/{BIRTHS.uuid}/" in addresses
    assert f"{stage.source.url}/explore/?slice_id=77" in addresses
    assert not [each for each in addresses if each.startswith(f"{stage.target.url}/")], "it is not there yet"
    assert all('target="_blank"' in rest and 'rel="noopener noreferrer"' in rest for _, rest in found)
    stage.apply(migration)
    addresses = [address for address, _ in outside(pages.see(page_of(migration)))]
    assert f"{stage.target.url}/superset/dashboard/{BIRTHS.uuid}/" in addresses


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://dev.example.com", "https://user:secret@dev.example.com"])
def test_no_link_leads_to_what_is_no_address_of_a_superset(pages, stage, url):
    migration = stage.plan()
    Environment.objects.filter(pk=stage.source.pk).update(url=url)
    assert not [each for each, _ in outside(pages.see(page_of(migration))) if not each.startswith(stage.target.url)]


def test_lines_of_a_difference_have_a_style_and_keep_their_sign():
    lines = diff_lines("@@ -1 +1 @@\n-SELECT 1\n+SELECT 2\n FROM t")
    assert lines == [
        ("ls-quiet", "@@ -1 +1 @@"),
        ("ls-removed", "-SELECT 1"),
        ("ls-added", "+SELECT 2"),
        ("", " FROM t"),
    ]


def test_changed_sql_is_shown_line_by_line(pages, stage):
    stage.apply(stage.plan())
    dataset = next(iter(stage.dev.documents[Kind.DATASET].values()))
    dataset["sql"] = "SELECT 1\nFROM <b>births</b>"
    page = pages.see(page_of(stage.plan()))
    assert '<span class="ls-added">+FROM &lt;b&gt;births&lt;/b&gt;' in page


def test_planning_again_can_acknowledge_what_was_refused(pages, stage):
    migration = stage.plan()
    page = pages.see(page_of(migration, "replan"))
    assert 'name="acknowledge"' in page
    pages.send(page_of(migration, "replan"), confirmed="yes", acknowledge="restricted:x  many", allow_many="yes")
    params = Task.objects.get().params
    assert (params["acknowledge"], params["allow_many"]) == (["restricted:x", "many"], True)
