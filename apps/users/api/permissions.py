# [DEF:users.api.permissions:Module]
# @COMPLEXITY: 3
# @PURPOSE: Who may call the API at all. What they may do there, and where, the policies of the services decide.
# @RELATION DEPENDS_ON -> users.policies
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from apps.core.errors import Refused
from apps.users.models import ApiToken, TokenScope
from apps.users.policies import access_of, require


class Permitted(BasePermission):
    """401 for anonymous requests; 403 for who has the view's permission (`takes`) nowhere.

    `permission_to_change` is asked instead by what is not only read, if the view has it. A view whose rows belong to no
    environment is `everywhere`: the permission has to hold without a place. One that takes nothing is for everybody
    who is signed in, and shows what is theirs. One with `session_only` is not for tokens.
    A token of the scope `read` changes nothing, whatever the view.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        if _only_reads(request.auth) and request.method not in SAFE_METHODS:
            raise Refused("This token may only read: it takes one of the scope “act” to change anything.")
        required = _required(request, view)
        if required and (getattr(view, "everywhere", False) or not access_of(request.user).may_somewhere(required)):
            require(request.user, required)
        return request.auth is None or not getattr(view, "session_only", False)


def _only_reads(auth: object) -> bool:
    return isinstance(auth, ApiToken) and auth.scope == TokenScope.READ


def _required(request: Request, view: Any) -> str:
    required: str = getattr(view, "required_permission", "")
    return required if request.method in SAFE_METHODS else getattr(view, "permission_to_change", required)
