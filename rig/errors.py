"""Errors of the rig: one clear sentence that says what to do next."""

from __future__ import annotations


class RigError(Exception):
    """An expected error; its text is for the person who ran the command."""


class PortTaken(RigError):
    """Another process listens on the port of a server."""
