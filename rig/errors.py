"""What can go wrong here, as one clear sentence that says what to do next."""

from __future__ import annotations


class RigError(Exception):
    """Something announced: the text is meant for the person who typed the command."""


class PortTaken(RigError):
    """Another process listens where a server was to be started."""
