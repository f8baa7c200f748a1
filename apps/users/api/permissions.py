# [DEF:users.api.permissions:Module]
# @COMPLEXITY: 3
# @PURPOSE: Who may call the API at all. What they may do there, and where, the policies of the services decide.
# @RELATION DEPENDS_ON -> users.policies
"""Who may call the API at all. What they may do there, and where, the policies of the services decide."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.users.policies import access_of, require, require_administrator


class Permitted(BasePermission):
    """401 for anonymous requests; 403 for who can have the view's permission (`takes`) nowhere.

    A view without one is for everybody who is signed in. One with `session_only` is not for tokens.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        takes: str | None = getattr(view, "takes", None)
        if takes and not access_of(request.user).may_somewhere(takes):
            require(request.user, takes)
        return request.auth is None or not getattr(view, "session_only", False)


class AdministratorsOnly(BasePermission):
    """401 for anonymous requests, the policy's refusal for others."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        require_administrator(request.user)
        return True
