"""What gateways and firewalls respond in place of a Superset."""

from __future__ import annotations

from rig.hostile.gateway.exchange import Response

HTML = {"Content-Type": "text/html"}
PAGE = b"<!doctype html><title>Please wait</title><h1>Please wait</h1>"
GATEWAY_TIMEOUT = Response(504, b"<html><h1>504 Gateway Time-out</h1></html>", HTML)
