"""Texts made to keep the masks busy: whatever a server or a log line says, hiding secrets takes a moment."""

from __future__ import annotations

import time

import pytest

from apps.tasks.worker.masking import Mask
from project.redaction import redacted

LONG = 50_000
MOMENT = 1.0
"""Seconds of the processor; a tenth of it is usual, and what grows with the square of the length takes minutes."""

MASKS = {
    "in logs": redacted,
    "in tasks": Mask([]).text,
    "beside short secrets": Mask(["a", "q7!", "never-seen-9"]).text,
}

REPEATED = [
    *(
        "a",
        "a ",
        "-",
        ".",
        " ",
        "\n",
        "\\",
        '"',
        "'",
        "é",
        ":",
        "=",
        "://",
        "://a:",
        "x-",
        "x-key-",
        "x-token",
        "X-auth: ",
    ),
    *("password", "password ", "password=", 'password":', 'token="', "token='a\"", "token\\'", "token\n", "api_key"),
    *("credential", "session_", "session_id", "passwd,", "cookie: ", "cookie='", "authorization", "authorization:"),
    *("bearer ", "basic ", "Digest=", "?code=", "Key (", "Key (password", "Failing row contains (", "eyJ", "lockstep_"),
    *("-eyJaaaaa.bbbbb", "argon2$", "pbkdf2_sha1", "bcrypt", "lockstep_session"),
]
BEGINNINGS = {
    "a quotation of backslashes": ('{"token":"', "\\"),
    "a label and backslashes": ("password='", "\\"),
    "a label and spaces": ("password", " "),
    "a header and spaces": ("authorization:", " "),
    "a scheme and spaces": ("basic", " "),
    "a name without an end": ("x-", "a"),
    "a user without an end": ("://", "a"),
    "a password in an address without an end": ("://a:", "b"),
    "a token without an end": ("eyJ", "a"),
    "a key without an end": ("Key (password", " password"),
}
TEXTS = {repr(each): each * (LONG // len(each)) for each in REPEATED} | {
    name: begins + goes_on * (LONG // len(goes_on)) for name, (begins, goes_on) in BEGINNINGS.items()
}


@pytest.mark.parametrize("where", MASKS)
@pytest.mark.parametrize("what", TEXTS)
def test_no_text_keeps_a_mask_busy(what, where):
    began = time.process_time()
    MASKS[where](TEXTS[what])
    assert time.process_time() - began < MOMENT


@pytest.mark.parametrize("where", MASKS)
@pytest.mark.parametrize(
    "said", ['{"password": "of-somebody', "{'client_secret': 'of-somebody\\", '{"token": "of-\\"somebody\\\\", "a": 1}']
)
def test_a_secret_is_hidden_with_its_quotation_marks_and_where_the_text_was_cut(said, where):
    assert "somebody" not in MASKS[where](said)
