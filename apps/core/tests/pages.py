"""Looking at pages of the admin in tests."""

from __future__ import annotations

import time
from typing import Any

from django.test import Client


def sign_in(client: Client, user: Any) -> None:
    """As if the first request of the session were answered already: later ones do not write it."""
    client.force_login(user)
    session = client.session
    session["began"] = session["seen"] = time.time()
    session.save()


class Pages:
    """A browser that is signed in: `pages.see("tasks/task/")` is the text of a page that must be there."""

    def __init__(self, user: Any) -> None:
        self.client = Client(enforce_csrf_checks=False)
        sign_in(self.client, user)

    def see(self, path: str = "") -> str:
        answer = self.client.get(f"/admin/{path}")
        assert answer.status_code == 200, (path, answer.status_code, answer.headers.get("Location"))
        return answer.content.decode()

    def send(self, path: str, **fields: Any) -> str:
        """Post, and follow to the page that comes next."""
        answer = self.client.post(f"/admin/{path}", fields, follow=True)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.content.decode()
