"""What the shape of the tree promises, beside the import contracts."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

CHECKOUT = Path(__file__).parents[2]
SOURCES = [path for folder in ("apps", "project") for path in sorted((CHECKOUT / folder).rglob("*.py"))]
LIMIT = 400


def test_every_init_file_is_empty():
    assert [str(path) for path in SOURCES if path.name == "__init__.py" and path.read_text()] == []


def test_no_module_is_longer_than_the_limit():
    lengths = {str(path.relative_to(CHECKOUT)): len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > LIMIT} == {}


def test_the_engine_is_no_django_app():
    assert "superset" not in {each.label for each in apps.get_app_configs()}


@pytest.mark.django_db
def test_the_schema_migrations_are_up_to_date():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db
def test_django_finds_nothing_wrong():
    call_command("check", fail_level="WARNING")
