from __future__ import annotations

from django.urls import reverse

from conftest import api_of


def test_an_answer_that_did_not_change_is_not_sent_again(api, world):
    address = reverse("api:environment", args=["dev"])
    first = api.get(address)
    assert first["Cache-Control"] == "private, no-cache"
    again = api.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    api.patch(address, {"tier": "prod"})
    changed = api.get(address, headers={"If-None-Match": first["ETag"]})
    assert (changed.status_code, changed.json()["tier"]) == (200, "prod")


def test_what_was_refused_is_reported_each_time(api):
    answer = api.get(reverse("api:environment", args=["nowhere"]), headers={"If-None-Match": "*"})
    assert (answer.status_code, answer.has_header("ETag")) == (404, False)


def test_what_one_may_see_is_not_answered_to_another(api, viewer, world):
    first = api.get(reverse("api:tasks"))
    theirs = api_of(viewer).get(reverse("api:tasks"), headers={"If-None-Match": first["ETag"]})
    assert (first.json()["count"], theirs.status_code, theirs.json()["count"]) == (1, 200, 0)
    assert api_of().get(reverse("api:schema")).json()["code"] == "not_authenticated"
