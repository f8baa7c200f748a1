"""What is taken is named as the person who typed it sees it, never by the field of a model."""

from __future__ import annotations

import importlib

import pytest
from django.contrib import admin
from django.db import models

from apps.core.service_forms import ServiceForm
from apps.core.tests.pages import Pages
from apps.environments.tests.factories import make_environment
from apps.users.services.grants import get_role, grant_role
from apps.users.services.groups import map_group
from conftest import api_of


def forms():
    """Every form of the admin that stores a row."""
    importlib.import_module("project.urls")  # it registers the pages
    pages = admin.site._registry.values()
    found = {form for page in pages for form in (page.form, getattr(page, "add_form", page.form))}
    return [form for form in found if issubclass(form, ServiceForm)]


def faults(form):
    """Unique fields, and constraints, that would be told in Django's words."""
    model, filled_in = form._meta.model, set(form.base_fields)
    for field in model._meta.fields:
        if field.unique and field.name in filled_in and "%(" in str(field.error_messages["unique"]):
            yield f"{model.__name__}.{field.name}"
    for each in model._meta.constraints:
        in_words = each.violation_error_message != each.default_violation_error_message
        if isinstance(each, models.UniqueConstraint) and filled_in & set(each.fields) and not in_words:
            yield f"{model.__name__}: {each.name}"


def test_every_unique_field_of_a_form_has_a_sentence_of_its_own():
    found = forms()
    assert len(found) >= 5
    assert [fault for form in found for fault in faults(form)] == []


@pytest.fixture
def pages(author):
    return Pages(author)


def test_a_taken_address_is_called_address_in_the_admin(pages):
    taken = make_environment("dev")
    fields = {"tier": "dev", "approvals_needed": 1, "username": "lockstep", "provider": "db", "password": "secret"}
    page = pages.send("environments/environment/add/", name="other", url=taken.url, **fields)
    assert "address" in page
    assert "with this Url" not in page
    page = pages.send("environments/environment/add/", name="dev", url="https://x.example.com", **fields)
    assert "Another environment has this name." in page


def test_a_role_that_somebody_has_is_refused_in_words(pages, viewer, author):
    grant_role(actor=author, user=viewer, role=get_role("viewer"))
    page = pages.send("users/grant/add/", user=viewer.pk, role=get_role("viewer").pk, where="*")
    assert "“viewer” already has the role" in page
    map_group(actor=author, group="BI", role=get_role("viewer"))
    page = pages.send("users/groupmapping/add/", group="BI", role=get_role("viewer").pk, where="*")
    assert "This group already has this role there." in page


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("roles", {"slug": "viewer", "title": "Viewer", "permissions": []}, "short name"),
        ("group-mappings", {"group": "BI", "role": "viewer"}, "already"),
    ],
)
def test_the_api_says_what_is_taken_in_words(path, body, words, author):
    map_group(actor=author, group="BI", role=get_role("viewer"))
    answer = api_of(author).post(f"/api/v1/{path}", body)
    assert answer.status_code in {400, 409}, answer.content
    assert words in answer.content.decode()
    assert "with this" not in answer.content.decode()
