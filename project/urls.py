"""Every address that Lockstep serves. The commands need none; the pages and the API bring theirs."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
