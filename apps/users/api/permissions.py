"""Who may call the API, as `policies.py` decides."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.users.policies import require_administrator


class AdministratorsOnly(BasePermission):
    """401 for anonymous requests, the policy's refusal for others."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        require_administrator(request.user)
        return True
