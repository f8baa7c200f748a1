"""The place of a role is an environment that exists, by what people call it."""

from __future__ import annotations

import pytest

from apps.environments.tests.factories import make_environment


def test_a_misspelt_environment_of_a_role_is_noticed(manage, author, viewer):
    make_environment("prod")
    assert manage("user", "grant", "viewer", "analyst", "--where", "prd")[1] == (
        "“viewer” has the role “Analyst on prd”. There is no environment “prd”. The role counts once there is one.\n"
    )


@pytest.mark.parametrize("name", ["Live Prod", "live-prod", "LIVE-PROD"])
def test_the_environment_of_a_role_is_found_by_what_people_call_it(manage, author, viewer, name):
    make_environment("Live Prod", slug="live-prod", url="https://prod.example.com")
    said = manage("user", "grant", "viewer", "approver", "--where", name)[1]
    assert said == "“viewer” has the role “Approver on live-prod”.\n"
    assert manage("user", "revoke", "viewer", "approver", "--where", name, "--yes")[0] == 0
    assert not viewer.grants.exists()
