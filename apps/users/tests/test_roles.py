from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from apps.audit.models import AuditEntry
from apps.core.errors import Conflict, Refused
from apps.core.tests.pages import Pages
from apps.users.models import ApiToken, Grant, GroupMapping, Role, User
from apps.users.services.grants import get_role, grant_role
from apps.users.services.roles import add_role, edit_role, pairs_of, remove_role
from apps.users.services.tokens import create_token


@pytest.fixture
def pages(author):
    return Pages(author)


def test_a_role_is_made_changed_and_removed_on_the_record(author):
    role = add_role(actor=author, slug="dba", title="DBA", permissions=[("mappings.edit", "*"), ("catalogue.*", "dev")])
    edit_role(actor=author, role=role, title="Databases", permissions=[("mappings.edit", "tier:dev")])
    edit_role(actor=author, role=role, title="Databases")
    assert pairs_of(role) == [("mappings.edit", "tier:dev")]
    remove_role(actor=author, role=role)
    told = list(AuditEntry.objects.order_by("pk").values_list("action", "after"))
    assert [action for action, _ in told] == ["role.add", "role.edit", "role.remove"]
    assert told[1][1] == {"title": "Databases", "permissions": ["mappings.edit tier:dev"]}


@pytest.mark.parametrize("what", ["mappings.edti", "nothing.view", "migrations", "migrations.ap*"])
def test_what_nobody_knows_is_not_permitted(author, what):
    with pytest.raises(ValidationError):
        add_role(actor=author, slug="x", title="X", permissions=[(what, "*")])
    assert not Role.objects.filter(slug="x").exists()


def test_an_action_of_a_plugin_that_is_gone_stays_in_a_role_that_has_it(author):
    role = add_role(actor=author, slug="x", title="X", permissions=[])
    role.permissions.create(what="gone.run")
    edit_role(actor=author, role=role, permissions=[("gone.run", "*"), ("tasks.view", "*")])
    assert len(pairs_of(role)) == 2


def test_a_short_name_is_taken_once_and_a_role_in_use_stays(author, viewer):
    with pytest.raises(Conflict, match="The role “viewer” already exists"):
        add_role(actor=author, slug="viewer", title="V", permissions=[])
    grant_role(actor=author, user=viewer, role=get_role("viewer"))
    with pytest.raises(Refused, match="is in use"):
        remove_role(actor=author, role=get_role("viewer"))


def test_a_role_is_edited_in_the_admin_by_ticks_and_lines(pages):
    fields = {
        "slug": "dba",
        "title": "DBA",
        "everywhere": ["mappings.edit", "catalogue.sync"],
        "narrowed": "tasks.* dev",
    }
    pages.send("users/role/add/", **fields)
    role = get_role("dba")
    assert set(pairs_of(role)) == {("mappings.edit", "*"), ("catalogue.sync", "*"), ("tasks.*", "dev")}
    page = pages.see(f"users/role/{role.pk}/change/")
    assert "tasks.* dev" in page
    wrong = pages.send(f"users/role/{role.pk}/change/", title="DBA", narrowed="tasks.veiw")
    assert "“tasks.veiw” does not match any permission" in wrong
    pages.send(f"users/role/{role.pk}/change/", title="Databases", everywhere=["mappings.edit"])
    role.refresh_from_db()
    assert (role.title, pairs_of(role)) == ("Databases", [("mappings.edit", "*")])


def test_a_role_is_given_and_taken_back_in_the_admin(pages, viewer):
    page = pages.send("users/grant/add/", user=viewer.pk, role=get_role("operator").pk, where="tier:dev")
    assert "tier:dev" in page
    again = pages.send("users/grant/add/", user=viewer.pk, role=get_role("operator").pk, where="tier:dev")
    assert "already" in again
    assert "Revoke the role" in pages.see(f"users/grant/{Grant.objects.get().pk}/revoke/")
    pages.send(f"users/grant/{Grant.objects.get().pk}/revoke/", confirmed="yes")
    assert not Grant.objects.exists()


def test_groups_are_mapped_and_unmapped_in_the_admin(pages):
    pages.send("users/groupmapping/add/", group="BI-OPS", role=get_role("operator").pk, where="*", staff="on")
    mapping = GroupMapping.objects.get()
    assert (mapping.group, mapping.staff) == ("BI-OPS", True)
    pages.send(f"users/groupmapping/{mapping.pk}/remove/", confirmed="yes")
    assert not GroupMapping.objects.exists()
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["group_mapping.add", "group_mapping.remove"]


def test_tokens_are_revoked_in_the_admin_ones_own_by_anybody(pages, author):
    own = User.objects.create_user("somebody", is_staff=True)
    mine, _ = create_token(user=own, name="mine", days=1)
    other, _ = create_token(user=author, name="other", days=1)
    theirs = Pages(own)
    assert "other" not in theirs.see("users/apitoken/")
    theirs.send(f"users/apitoken/{mine.pk}/revoke/", confirmed="yes")
    theirs.client.post(f"/admin/users/apitoken/{other.pk}/revoke/", {"confirmed": "yes"})
    assert set(ApiToken.objects.filter(revoked=None)) == {other}
    pages.send(f"users/apitoken/{other.pk}/revoke/", confirmed="yes")
    assert not ApiToken.objects.filter(revoked=None).exists()


def test_an_account_is_signed_out_everywhere_in_the_admin(pages, viewer):
    browser = Pages(User.objects.create_user("somebody", is_staff=True))
    somebody = User.objects.get(username="somebody")
    browser.see()
    pages.send(f"users/user/{somebody.pk}/end-sessions/", confirmed="yes")
    assert browser.client.get("/admin/").status_code == 302
