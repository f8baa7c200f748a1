from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from apps.core.crypto.encryption import Secret
from apps.core.errors import Damaged
from apps.core.fields import EncryptedTextField

OTHER = Fernet.generate_key().decode()


def test_a_secret_is_encrypted_and_can_be_revealed():
    secret = Secret.of("hunter2 й")
    assert secret.reveal() == "hunter2 й"
    assert "hunter2" not in secret.token


def test_a_secret_does_not_print():
    secret = Secret.of("hunter2")
    assert f"{secret} {secret!r} {[secret]}" == "******** Secret(********) [Secret(********)]"


def test_a_wrong_key_is_one_clear_error(settings):
    secret = Secret.of("hunter2")
    settings.ENCRYPTION_KEYS = [OTHER]
    with pytest.raises(Damaged, match="cannot be decrypted with the current encryption key. Restore the previous key"):
        secret.reveal()
    with pytest.raises(Damaged):
        secret.rotated([OTHER])


def test_a_rotated_secret_needs_only_the_new_key(settings):
    rotated = Secret.of("hunter2").rotated([OTHER, *settings.ENCRYPTION_KEYS])
    settings.ENCRYPTION_KEYS = [OTHER]
    assert rotated.reveal() == "hunter2"


def test_a_field_takes_no_plain_text():
    field = EncryptedTextField()
    with pytest.raises(TypeError):
        field.get_prep_value("hunter2")
    assert field.get_prep_value(None) is None
