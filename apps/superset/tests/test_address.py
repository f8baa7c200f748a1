import pytest

from apps.superset.address import base_url
from apps.superset.errors import NotConfigured


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("https://bi.example.com", "https://bi.example.com"),
        ("https://bi.example.com/", "https://bi.example.com"),
        ("  https://bi.example.com/api/v1  ", "https://bi.example.com"),
        ("https://bi.example.com/api/v1/", "https://bi.example.com"),
        ("https://example.com/superset", "https://example.com/superset"),
        ("https://example.com/superset/api/v1/", "https://example.com/superset"),
        ("https://example.com/a//b/", "https://example.com/a/b"),
        ("http://127.0.0.1:8088/login/", "http://127.0.0.1:8088"),
        ("http://127.0.0.1:8088/superset/welcome/", "http://127.0.0.1:8088"),
        ("HTTPS://BI.Example.com:443", "https://bi.example.com"),
        ("http://[::1]:8088", "http://[::1]:8088"),
    ],
)
def test_an_address_is_taken_as_people_write_it(typed, meant):
    assert base_url(typed) == meant


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "superset",
        "bi.example.com",
        "localhost:8088",
        "ftp://bi.example.com",
        "file:///etc/passwd",
        "https://",
        "https:///api/v1",
        "https://bi.example.com:port",
        "https://bi.example.com:70000",
        "https://bi.example.com:0",
        "https://bi example.com",
        "https://bi.example.com/\nHost: other",
        "https://bi.example.com\\@evil.example.com",
        "https://bi.example.com/?next=x",
        "https://bi.example.com/#x",
        "https://bi.example.com/../x",
        "https://[::1",
    ],
)
def test_what_cannot_be_an_address_is_refused_with_what_to_do(nonsense):
    with pytest.raises(NotConfigured) as refused:
        base_url(nonsense)
    assert refused.value.next_step


def test_a_password_in_the_address_is_refused_and_not_repeated():
    with pytest.raises(NotConfigured, match="must not contain a user name or a password") as refused:
        base_url("https://ada:lovelace-1815@bi.example.com")
    assert "lovelace" not in str(refused.value)
