"""Looking at pages of the admin in tests."""

from __future__ import annotations

from typing import Any

from django.test import Client


class Pages:
    """A browser that is signed in: `pages.see("tasks/task/")` is the text of a page that must be there."""

    def __init__(self, user: Any) -> None:
        self.client = Client(enforce_csrf_checks=False)
        self.client.force_login(user)

    def see(self, path: str = "") -> str:
        answer = self.client.get(f"/admin/{path}")
        assert answer.status_code == 200, (path, answer.status_code, answer.headers.get("Location"))
        return answer.content.decode()

    def send(self, path: str, **fields: Any) -> str:
        """Post, and follow to the page that comes next."""
        answer = self.client.post(f"/admin/{path}", fields, follow=True)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.content.decode()
