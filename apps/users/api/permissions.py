# [DEF:users.api.permissions:Module]
# @COMPLEXITY: 3
# @PURPOSE: Who may call the API at all. The policies of the services decide what they may do there, and where.
# @RELATION DEPENDS_ON -> users.policies
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from apps.core.errors import PasswordChangeRequired, Refused
from apps.users import messages
from apps.users.models import ApiToken, TokenScope
from apps.users.policies import access_of, require


class Permitted(BasePermission):
    """401 for anonymous requests; 403 for a user who has the view's `required_permission` nowhere.

    `permission_to_change` is required instead by requests that change something, if the view has it. A view whose rows
    belong to no environment is `everywhere`: the permission must apply without a place. One without a permission is for
    every signed-in user, and shows what belongs to them. One with `session_only` is not for tokens.
    A token of the scope `read` changes nothing, whatever the view. While a password change is due, only views with
    `before_password_change` are open, to tokens of the account as well.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        if request.user.password_change_due and not getattr(view, "before_password_change", False):
            raise PasswordChangeRequired(messages.PASSWORD_CHANGE_REQUIRED)
        if _only_reads(request.auth) and request.method not in SAFE_METHODS:
            raise Refused(messages.TOKEN_READ_ONLY)
        required = _required(request, view)
        if required and (getattr(view, "everywhere", False) or not access_of(request.user).may_somewhere(required)):
            require(request.user, required)
        if request.auth is not None and getattr(view, "session_only", False):
            raise Refused(messages.SESSION_ONLY)
        return True


def _only_reads(auth: object) -> bool:
    return isinstance(auth, ApiToken) and auth.scope == TokenScope.READ


def _required(request: Request, view: Any) -> str:
    required: str = getattr(view, "required_permission", "")
    return required if request.method in SAFE_METHODS else getattr(view, "permission_to_change", required)
