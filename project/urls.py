# [DEF:project.urls:Module]
# @COMPLEXITY: 2
# @PURPOSE: Every route that Lockstep serves over HTTP.

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from apps.tasks.admin_pages import plugins  # noqa: F401 - registers a page that `autodiscover` does not find
from project import api
from project.metrics.views import Metrics
from project.web import api_docs, shell

admin.autodiscover()

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("sso/", include("apps.users.sso.urls")),
    path("api/v1/docs", api_docs.api_docs, name="api-docs"),
    path("api/v1/", include((api.routes, "api"))),
    path("metrics", Metrics.as_view(), name="metrics"),
    api.unknown_route,
    shell.addresses,
]

handler400 = "project.web.errors.bad_request"
handler403 = "project.web.errors.forbidden"
handler404 = "project.web.errors.not_found"
handler500 = "project.web.errors.fault"
