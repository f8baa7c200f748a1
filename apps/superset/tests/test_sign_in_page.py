"""How a server signs its people in, read from its sign-in page."""

from __future__ import annotations

import pytest

from apps.superset.remote.sign_in_page import SignInKind, sign_in_kind

PAGE = (
    '<div id="app" data-bootstrap="{{&#34;common&#34;: {{&#34;conf&#34;: {{&#34;AUTH_TYPE&#34;: {number}}}}}}}"></div>'
)


@pytest.mark.parametrize(
    ("number", "kind"),
    [(1, SignInKind.DB), (2, SignInKind.LDAP), (3, SignInKind.PROXY), (4, SignInKind.OAUTH), (0, None), (9, None)],
)
def test_the_page_states_the_kind(number: int, kind: SignInKind | None) -> None:
    assert sign_in_kind(PAGE.format(number=number)) is kind


def test_a_page_of_an_older_release_states_none() -> None:
    assert sign_in_kind('<form method="post" name="login">') is None
