# [DEF:users.api.acting:Module]
# @COMPLEXITY: 3
# @PURPOSE: The user who acts in a request.
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from typing import cast

from rest_framework.request import Request

from apps.users.models import User


def actor_of(request: Request) -> User:
    """The signed-in user. The permissions of every view that changes something have made sure that there is one."""
    return cast("User", request.user)
