# [DEF:users.api.operations:Module]
# @COMPLEXITY: 2
# @PURPOSE: What the operations on sessions, tokens, users and roles do, for the reader of the API.
# @RELATION DEPENDS_ON -> core.api.documented

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.api.documented import Operation, Section, page

TOKEN: dict[str, Any] = {
    "id": 7,
    "name": "ci",
    "hint": "dYlV",
    "scope": "act",
    "where": ["dev", "prod"],
    "state": "valid",
    "created": "2026-11-24T22:00:05Z",
    "expires": "2027-02-22T22:00:05Z",
    "last_used": None,
    "revoked": None,
}
ALLOWED = {"allowed": True, "reason": "", "who": []}
SESSION: dict[str, Any] = {
    "user": {
        "username": "ada",
        "name": "Ada Lovelace",
        "email": "ada@example.com",
        "administrator": False,
        "staff": True,
        "preferences": {"language": "", "theme": "system", "environment": "dev", "time_zone": "Europe/Berlin"},
        "must_change_password": False,
    },
    "roles": [{"slug": "operator", "title": "Operator", "where": "*", "group": ""}],
    "permissions": [{"what": "migrations.apply", "where": "tier:dev"}],
    "csrf_token": "…",
    "sign_in": ["password"],
    "version": "1.0.0",
    "allowed_actions": {"add_environment": ALLOWED},
}
USER: dict[str, Any] = {
    "id": 4,
    "username": "grace",
    "email": "grace@example.com",
    "first_name": "Grace",
    "last_name": "Hopper",
    "is_active": True,
    "is_staff": True,
    "is_superuser": False,
    "must_change_password": False,
    "date_joined": "2026-11-20T08:00:00Z",
    "last_login": None,
}
USER_DETAIL: dict[str, Any] = {
    **USER,
    "roles": [{"slug": "viewer", "title": "Viewer", "where": "*", "group": ""}],
    "allowed_actions": {"edit": ALLOWED, "password": ALLOWED, "end_sessions": ALLOWED},
}
GRANT: dict[str, Any] = {
    "id": 9,
    "user": "grace",
    "role": "operator",
    "where": "tier:dev",
    "group": "",
    "created": "2026-11-24T22:00:05Z",
}
ROLE: dict[str, Any] = {
    "slug": "auditor",
    "title": "Auditor",
    "description": "Reads the audit.",
    "permissions": [{"what": "audit.view", "where": "*"}],
}
GROUP: dict[str, Any] = {"id": 2, "group": "BI-OPERATORS", "role": "operator", "where": "*", "staff": True}

SESSIONS = Section(
    "Session and tokens",
    _("How people and scripts sign in. Scripts send `Authorization: Bearer …` with a token."),
    {
        "GET /session": Operation(
            "get_session",
            _("Get your session"),
            _("Who is signed in. Without a sign-in: 401, with the sign-in methods and the CSRF token in `extra`."),
            response=SESSION,
        ),
        "POST /session": Operation(
            "sign_in",
            _("Sign in"),
            _("With user name and password. This changes the CSRF token."),
            request={"username": "ada", "password": "…"},
            response=SESSION,
        ),
        "DELETE /session": Operation("sign_out", _("Sign out")),
        "PATCH /session/preferences": Operation(
            "set_preferences",
            _("Set your preferences"),
            _("Language, theme, the environment to begin with, and time zone. Not for requests with a token."),
            request={"language": "ru", "theme": "dark"},
            response={"language": "ru", "theme": "dark", "environment": None, "time_zone": ""},
        ),
        "PUT /session/password": Operation(
            "change_password",
            _("Change your password"),
            _("All your other sessions end. It also clears `must_change_password`."),
            request={"old": "…", "new": "…"},
        ),
        "DELETE /sessions": Operation(
            "sign_out_everywhere", _("Sign out everywhere"), _("Including here. Tokens stay valid.")
        ),
        "GET /tokens": Operation("list_tokens", _("List your tokens"), response=page(TOKEN)),
        "POST /tokens": Operation(
            "create_token",
            _("Create a token"),
            _("Its text is shown only in this response. Not for requests with a token."),
            request={"name": "ci", "scope": "act", "where": ["dev", "prod"], "days": 90},
            response={**TOKEN, "token": "lockstep_…"},
        ),
        "DELETE /tokens/{id}": Operation("revoke_token", _("Revoke a token"), _("One of your own.")),
    },
)
USERS = Section(
    "Users",
    _("Accounts, and the roles that they have. For user administrators."),
    {
        "GET /users": Operation("list_users", _("List users"), response=page(USER)),
        "POST /users": Operation(
            "add_user",
            _("Add a user"),
            _("Without roles; grant them next."),
            request={"username": "grace", "email": "grace@example.com", "is_staff": True},
            response=USER_DETAIL,
        ),
        "GET /users/{id}": Operation("get_user", _("Get a user"), response=USER_DETAIL),
        "PATCH /users/{id}": Operation(
            "edit_user",
            _("Edit a user"),
            _("Or make the account inactive. Accounts are never deleted, because the audit refers to them."),
            request={"is_active": False},
            response=USER_DETAIL,
        ),
        "PUT /users/{id}/password": Operation(
            "set_password",
            _("Set the password of a user"),
            _("All sessions of the account end."),
            request={"new": "…", "must_change": True},
        ),
        "DELETE /users/{id}/sessions": Operation(
            "end_user_sessions", _("Sign a user out everywhere"), _("The tokens of the account stay valid.")
        ),
        "GET /grants": Operation(
            "list_grants", _("List grants"), _("Which account has which role."), response=page(GRANT)
        ),
        "POST /grants": Operation(
            "grant_role",
            _("Grant a role"),
            _("Everywhere or in some environments. You can only grant permissions that you have."),
            request={"user": "grace", "role": "operator", "where": "tier:dev"},
            response=GRANT,
        ),
        "DELETE /grants/{id}": Operation("revoke_role", _("Revoke a role")),
    },
)
ROLES = Section(
    "Roles",
    _("Named sets of permissions, and the directory groups that give them."),
    {
        "GET /roles": Operation("list_roles", _("List roles"), response=page(ROLE)),
        "POST /roles": Operation(
            "add_role",
            _("Add a role"),
            _("It can only include permissions that you have."),
            request={"slug": "auditor", "title": "Auditor", "permissions": [{"what": "audit.view", "where": "*"}]},
            response=ROLE,
        ),
        "GET /roles/{slug}": Operation("get_role", _("Get a role"), response=ROLE),
        "PATCH /roles/{slug}": Operation(
            "edit_role",
            _("Edit a role"),
            _("The given permissions replace all existing ones."),
            request={"description": "Reads the audit."},
            response=ROLE,
        ),
        "DELETE /roles/{slug}": Operation("remove_role", _("Remove a role"), _("It must not be in use.")),
        "GET /permissions": Operation(
            "list_permissions",
            _("List permissions"),
            _("All that a role can include, with their meaning."),
            response={"audit.view": "read the audit"},
        ),
        "GET /group-mappings": Operation(
            "list_group_mappings", _("List group mappings"), _("Which group gives which role."), response=page(GROUP)
        ),
        "POST /group-mappings": Operation(
            "map_group",
            _("Map a group to a role"),
            _("Its members get the role from their next sign-in on."),
            request={"group": "BI-OPERATORS", "role": "operator", "staff": True},
            response=GROUP,
        ),
        "GET /group-mappings/{id}": Operation("get_group_mapping", _("Get a group mapping"), response=GROUP),
        "PATCH /group-mappings/{id}": Operation(
            "edit_group_mapping",
            _("Edit a group mapping"),
            _("It takes effect at the next sign-in of each member."),
            request={"where": "tier:dev"},
            response=GROUP,
        ),
        "DELETE /group-mappings/{id}": Operation(
            "unmap_group", _("Remove a group mapping"), _("Members lose the role at their next sign-in.")
        ),
    },
)

SECTIONS = (SESSIONS, USERS, ROLES)
