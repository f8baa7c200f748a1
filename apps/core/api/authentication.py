# [DEF:core.api.authentication:Module]
# @COMPLEXITY: 2
# @PURPOSE: Who asks: the session of a browser, with CSRF protection of everything that changes something.

from __future__ import annotations

from rest_framework import authentication
from rest_framework.request import Request


class SessionAuthentication(authentication.SessionAuthentication):
    """As REST framework's, but an anonymous request is answered 401, not 403: “sign in”, not “never”."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"
