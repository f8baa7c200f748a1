# [DEF:superset.remote.sign_in_page:Module]
# @COMPLEXITY: 3
# @PURPOSE: What a server's sign-in page says to everybody: which features are on, and how it signs people in.
# @RELATION DEPENDS_ON -> superset.http.session
# @RELATION CALLS -> superset.bundle.safe_json
"""The page carries JSON in its `data-bootstrap` attribute: `feature_flags` on 4.1 to 6.1, `conf.AUTH_TYPE` on 6.0 and
6.1 (seen; source: views/base.py, cached_common_bootstrap_data). The forms of 4.1 and 5.0 look the same for a database
and a directory.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from apps.superset.bundle.safe_json import JsonRefused, load_json
from apps.superset.http.session import Session
from apps.superset.releases.supported import LOGIN_PAGE_PATH

DASHBOARD_RBAC = "DASHBOARD_RBAC"
"""Without it, the roles of a dashboard are stored and restrict nothing."""

BOOTSTRAP = re.compile(r'data-bootstrap="([^"]*)"')


class SignInKind(StrEnum):
    """`AUTH_TYPE` of a server's configuration; API keys are offered beside any of them."""

    DB = "db"
    LDAP = "ldap"
    OAUTH = "oauth"
    PROXY = "proxy"
    API_KEY = "api_key"


KINDS = {1: SignInKind.DB, 2: SignInKind.LDAP, 3: SignInKind.PROXY, 4: SignInKind.OAUTH}
"""flask_appbuilder/const.py: AUTH_DB, AUTH_LDAP, AUTH_REMOTE_USER, AUTH_OAUTH."""


def read_sign_in_page(session: Session) -> str:
    return session.anonymous(LOGIN_PAGE_PATH).body.decode(errors="replace")


def features_in_page(page: str) -> frozenset[str]:
    """Empty for a page of another kind, such as that of an external sign-in: then nothing may rely on a feature."""
    flags = _common(page).get("feature_flags")
    return frozenset(name for name, on in flags.items() if on is True) if isinstance(flags, Mapping) else frozenset()


def sign_in_kind(page: str) -> SignInKind | None:
    """None if the page states none, or one that Lockstep does not know."""
    settings = _common(page).get("conf")
    number = settings.get("AUTH_TYPE") if isinstance(settings, Mapping) else None
    return KINDS.get(number) if isinstance(number, int) else None


def _common(page: str) -> Mapping[str, Any]:
    match = BOOTSTRAP.search(page)
    try:
        data = load_json(html.unescape(match.group(1))).value if match else {}
    except JsonRefused:
        return {}
    common = data.get("common") if isinstance(data, Mapping) else None
    return common if isinstance(common, Mapping) else {}
