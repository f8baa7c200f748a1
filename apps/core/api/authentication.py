# [DEF:core.api.authentication:Module]
# @COMPLEXITY: 2
# @PURPOSE: Authentication by the session of a browser, with CSRF protection of every change.

from __future__ import annotations

from rest_framework import authentication
from rest_framework.request import Request


class SessionAuthentication(authentication.SessionAuthentication):
    """REST framework's, but an anonymous request gets 401 (“sign in”) instead of 403 (“not allowed”)."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"
