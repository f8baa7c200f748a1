"""What is sent to the API and is no good is refused, whatever it is."""

from __future__ import annotations

import pytest
from django.urls import reverse


@pytest.fixture
def send(api):
    def send(content, kind="application/json"):
        return api.post(reverse("api:environments"), content, content_type=kind)

    return send


@pytest.mark.parametrize(
    "content",
    ["{", "", "NaN", '{"name": Infinity}', b'{"name": "\xff"}', r'{"name": "\ud800"}', "[" * 100_000, "\ufeff{}"],
    ids=["cut", "empty", "nan", "infinity", "not utf-8", "half a letter", "very deep", "byte order mark"],
)
def test_what_is_no_json_is_refused(send, content):
    answer = send(content)
    assert (answer.status_code, answer.json()["code"] in {"parse_error", "invalid"}) == (400, True)


@pytest.mark.parametrize("content", ["[]", '"name"', "7", "null"])
def test_json_that_is_no_object_is_refused(send, content):
    assert send(content).status_code == 400


def test_more_than_the_limit_is_not_even_parsed(send, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    answer = send('{"name": "' + "x" * 100 + '"}')
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert "100 bytes" in answer.json()["detail"]


def test_forms_are_refused(send):
    answer = send("name=dev", "application/x-www-form-urlencoded")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
