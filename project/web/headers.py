# [DEF:project.web.headers:Module]
# @COMPLEXITY: 2
# @PURPOSE: Security headers: which scripts run, who may frame our pages, and what they may request.
"""No inline script runs except the one that starts the single-page application, named by its hash. Style
attributes are allowed: Svelte sets them. The theme of the admin (Alpine) compiles expressions in attributes, so
`eval` and inline sheets are allowed there, and only there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from project.web.shell import shell

Policy = Mapping[str, tuple[str, ...]]

SELF, NONE = "'self'", "'none'"
ADMIN = "/admin/"
API = "/api/"
"""Only the application itself places boxes by attributes of style."""

EVERYWHERE: Policy = {
    "default-src": (NONE,),
    "script-src": (SELF,),
    "style-src": (SELF,),
    "style-src-attr": ("'unsafe-inline'",),
    "img-src": (SELF, "data:"),
    "font-src": (SELF,),
    "connect-src": (SELF,),
    "form-action": (SELF,),
    "base-uri": (NONE,),
    "frame-ancestors": (NONE,),
}
IN_THE_ADMIN: Policy = {"script-src": (SELF, "'unsafe-eval'"), "style-src": (SELF, "'unsafe-inline'")}

PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in ("camera", "display-capture", "geolocation", "microphone", "midi", "payment", "serial", "usb")
)


def headers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        framed = getattr(response, "xframe_options_exempt", False)
        response.headers.setdefault("Content-Security-Policy", policy(request.path_info, framed=framed))
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")  # the probes pass no other middleware
        return response

    return respond


def policy(path: str, *, framed: bool = False) -> str:
    """The policy for this path. Signing out may redirect to the SSO provider, which may also frame the page with which
    it notifies us that a session has ended (`framed`)."""
    provider = origins(settings.SSO_ISSUER, *settings.SSO_ORIGINS)
    built = shell()
    hashes = tuple(f"'{each}'" for each in built.scripts) if built else ()
    rules = {**EVERYWHERE, "script-src": (SELF, *hashes), "form-action": (SELF, *provider)}
    if path.startswith(ADMIN):
        rules |= IN_THE_ADMIN
    if path.startswith(API):
        del rules["style-src-attr"]
    if framed:
        rules["frame-ancestors"] = provider or (NONE,)
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in rules.items())


def origins(*addresses: str) -> tuple[str, ...]:
    """Scheme, host and port of each, once."""
    parts = [urlsplit(each) for each in addresses if each]
    return tuple(dict.fromkeys(f"{each.scheme}://{each.netloc}" for each in parts))
