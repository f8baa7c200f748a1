"""Somebody has the database in hand, and wants a stored secret sent to a server of their own."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as django_settings
from django.db import connection

from apps.core.crypto.encryption import Secret
from apps.core.crypto.rotation import reencrypt
from apps.core.errors import Conflict, Damaged, Misplaced
from apps.core.fields import bind_stored
from apps.environments.connections import as_tried, has_usable_secret, open_client
from apps.environments.models import Environment
from apps.environments.services.edits import edit_environment, update_credentials
from apps.environments.services.sign_in import SignIn
from apps.environments.tests.factories import PASSWORD, make_environment

pytestmark = pytest.mark.django_db


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def stored(name):
    return Environment.objects.get(name=name)


@pytest.fixture
def two():
    make_environment("dev")
    make_environment("prod", secret=Secret.of("of-prod"))


def refused(name):
    with pytest.raises(Misplaced, match="It is not used"):
        open_client(stored(name))
    with pytest.raises(Misplaced):
        has_usable_secret(stored(name))  # or the password would be asked for, and sent to the wrong address
    return True


def test_a_secret_opens_in_its_own_row(two):
    assert (stored("dev").secret.reveal(), stored("prod").secret.reveal()) == (PASSWORD, "of-prod")


def test_a_secret_that_was_moved_to_another_environment_does_not_open_there(two):
    sql(
        "UPDATE environments_environment SET secret = (SELECT secret FROM environments_environment WHERE name = 'prod')"
    )
    assert refused("dev")
    assert stored("prod").secret.reveal() == "of-prod"


def test_a_secret_beside_another_address_does_not_open(two):
    sql("UPDATE environments_environment SET url = 'https://evil.example.com' WHERE name = 'prod'")
    assert refused("prod")


@pytest.mark.parametrize(
    "url", ["http://prod.example.com", "https://prod.example.com:444", "https://prod.example.com/x"]
)
def test_any_part_of_the_address_counts(url, two):
    sql("UPDATE environments_environment SET url = %s WHERE name = 'prod'", url)
    assert refused("prod")


def test_two_environments_that_exchanged_their_addresses_keep_their_secrets_to_themselves(two):
    sql("UPDATE environments_environment SET url = 'x' WHERE name = 'prod'")
    sql("UPDATE environments_environment SET url = 'https://prod.example.com' WHERE name = 'dev'")
    sql("UPDATE environments_environment SET url = 'https://dev.example.com' WHERE name = 'prod'")
    assert refused("dev")
    assert refused("prod")


def test_a_secret_of_old_from_a_backup_is_not_taken(two):
    old = Fernet(django_settings.ENCRYPTION_KEYS[0]).encrypt(b"of-prod").decode()
    sql("UPDATE environments_environment SET secret = %s WHERE name = 'dev'", old)
    assert refused("dev")


def test_what_was_stored_before_is_bound_by_the_schema_migration(two):
    box = Fernet(django_settings.ENCRYPTION_KEYS[0])
    sql("UPDATE environments_environment SET secret = %s WHERE name = 'dev'", box.encrypt(b"of old").decode())
    sql("UPDATE environments_environment SET secret = 'of a lost key' WHERE name = 'prod'")
    bind_stored(Environment, "secret", ("slug", "url"))
    assert stored("dev").secret.reveal() == "of old"
    with pytest.raises(Damaged, match="current encryption key"):
        stored("prod").secret.reveal()
    bind_stored(Environment, "secret", ("slug", "url"))
    assert stored("dev").secret.reveal() == "of old"


def test_a_rotated_secret_stays_bound(two, settings):
    other = Fernet.generate_key().decode()
    assert reencrypt([other, *settings.ENCRYPTION_KEYS]) == 2
    settings.ENCRYPTION_KEYS = [other]
    assert stored("prod").secret.reveal() == "of-prod"
    sql("UPDATE environments_environment SET url = 'https://evil.example.com' WHERE name = 'prod'")
    assert refused("prod")


def test_an_address_of_the_same_server_takes_its_secret_along(two, author):
    edit_environment(actor=author, environment=stored("prod"), url="https://prod.example.com/superset")
    assert stored("prod").secret.reveal() == "of-prod"


def test_a_secret_that_was_replaced_meanwhile_is_not_overwritten_by_an_edit_of_the_address(two, author):
    before = stored("prod")
    update_credentials(actor=author, environment=stored("prod"), sign_in=SignIn("newer", "robot"), check=False)
    with pytest.raises(Conflict):
        edit_environment(actor=author, environment=before, url="https://prod.example.com/superset")
    assert stored("prod").secret.reveal() == "newer"


def test_a_row_in_hand_has_the_secret_that_is_stored(two, author):
    environment = stored("prod")
    update_credentials(actor=author, environment=environment, sign_in=SignIn("new", "robot"), check=False)
    assert as_tried(environment).exists()
    assert as_tried(make_environment("test")).exists()


def test_a_secret_without_a_row_is_not_stored(two):
    with pytest.raises(TypeError, match="bound to the row"):
        Environment.objects.update(secret=Secret.of("x"))
