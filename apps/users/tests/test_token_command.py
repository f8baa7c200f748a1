from __future__ import annotations

import json

from apps.users.models import ApiToken
from conftest import api_of


def test_a_token_is_made_used_and_revoked(manage, author):
    code, text, _ = manage("token", "create", "ci", "--scope", "act", "--days", "7", "--where", "dev")
    client = api_of()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text.strip()}")
    assert (code, client.get("/api/v1/session").status_code) == (0, 200)
    _, listed, _ = manage("token", "list", "--format", "json")
    (told,) = json.loads(listed)
    assert (told["name"], told["scope"], told["where"], told["state"]) == ("ci", "act", ["dev"], "valid")
    assert text.strip() not in listed
    assert manage("token", "revoke", told["id"], "--yes")[0] == 0
    assert client.get("/api/v1/session").status_code == 401


def test_only_ones_own_tokens_are_listed_and_revoked(manage, author, viewer):
    manage("token", "create", "other")
    manage("token", "create", "mine", "--as", "viewer")
    _, listed, _ = manage("token", "list", "--as", "viewer")
    assert "mine" in listed
    assert "other" not in listed
    other = ApiToken.objects.get(name="other")
    code, _, said = manage("token", "revoke", other.pk, "--as", "viewer")
    assert (code, "There is no token" in said) == (1, True)
    other.refresh_from_db()
    assert other.revoked is None
