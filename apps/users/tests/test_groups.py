"""What groups of the directory give is edited by those who may do all of it."""

from __future__ import annotations

import pytest

from apps.audit.models import AuditEntry
from apps.core.errors import Conflict, Refused
from apps.core.tests.pages import Pages
from apps.users.models import GroupMapping, User
from apps.users.services.grants import get_role, grant_role
from apps.users.services.groups import edit_mapping, map_group
from apps.users.services.roles import add_role
from conftest import api_of


@pytest.fixture
def mapping(author):
    return map_group(actor=author, group="BI", role=get_role("viewer"))


@pytest.fixture
def keeper(author):
    """Keeps accounts, and may do what a viewer may."""
    role = add_role(actor=author, slug="keeper", title="Keeper", permissions=[("users.edit", "*"), ("users.view", "*")])
    user = User.objects.create_user("keeper", is_staff=True)
    for each in (role, get_role("viewer")):
        grant_role(actor=author, user=user, role=each)
    return user


def test_editing_a_group_mapping_records_what_differs(author, mapping):
    edit_mapping(actor=author, mapping=mapping, group=" BI-OPS ", staff=True, where="*")
    stored = GroupMapping.objects.get()
    assert (stored.group, stored.staff, stored.role) == ("BI-OPS", True, get_role("viewer"))
    entry = AuditEntry.objects.get(action="group_mapping.edit")
    assert (entry.before, entry.after) == ({"group": "BI", "staff": False}, {"group": "BI-OPS", "staff": True})
    edit_mapping(actor=author, mapping=stored, staff=True)
    assert AuditEntry.objects.filter(action="group_mapping.edit").count() == 1


def test_two_of_the_same_are_a_conflict(author, mapping):
    other = map_group(actor=author, group="BI", role=get_role("operator"))
    with pytest.raises(Conflict, match="already exists"):
        edit_mapping(actor=author, mapping=other, role=get_role("viewer"))
    other.refresh_from_db()
    assert other.role == get_role("operator")


def test_nobody_maps_a_group_to_more_than_their_own_permissions(author, mapping, keeper):
    with pytest.raises(Refused, match="has permissions that you do not have"):
        edit_mapping(actor=keeper, mapping=mapping, role=get_role("operator"))
    more = map_group(actor=author, group="OPS", role=get_role("operator"))
    with pytest.raises(Refused, match="has permissions that you do not have"):
        edit_mapping(actor=keeper, mapping=more, role=get_role("viewer"))
    edit_mapping(actor=keeper, mapping=mapping, where="dev")
    assert sorted(GroupMapping.objects.values_list("role__slug", "where")) == [("operator", "*"), ("viewer", "dev")]


def test_over_the_api_what_is_not_sent_stays(api, mapping):
    address = f"/api/v1/group-mappings/{mapping.pk}"
    answer = api.patch(address, {"role": "analyst"})
    expected = {"id": mapping.pk, "group": "BI", "role": "analyst", "where": "*", "staff": False}
    assert (answer.status_code, answer.json(), api.get(address).json()) == (200, expected, expected)
    assert api.patch(address, {"where": "no place"}).status_code == 400
    assert api.patch(address, {"role": "nothing"}).status_code == 404


def test_the_admin_shows_the_group_mapping_form_to_who_may_edit(author, mapping, keeper):
    page = f"users/groupmapping/{mapping.pk}/change/"
    Pages(author).send(page, group="BI", role=get_role("operator").pk, where="dev", staff="on")
    mapping.refresh_from_db()
    assert (mapping.role.slug, mapping.where, mapping.staff) == ("operator", "dev", True)
    assert api_of(keeper).patch(f"/api/v1/group-mappings/{mapping.pk}", {"staff": False}).status_code == 403
    pages = Pages(keeper)
    assert 'name="group"' not in pages.see(page)
    answer = pages.client.post(f"/admin/{page}", {"group": "MINE", "role": get_role("operator").pk, "where": "dev"})
    assert answer.status_code == 403
    mapping.refresh_from_db()
    assert mapping.group == "BI"
