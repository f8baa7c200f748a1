import pytest

from apps.superset.errors import NotConfigured
from apps.superset.http.url import base_url, place


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


@pytest.mark.parametrize(
    "same",
    [
        (
            "http://localhost:8088",
            "http://127.1:8088",
            "http://127.0.0.1:8088",
            "http://[::1]:8088",
            "http://LOCALHOST.:8088",
        ),
        ("http://127.0.0.1:8088", "http://2130706433:8088", "http://0x7f.1:8088", "http://[::ffff:127.0.0.1]:8088"),
        ("https://bi.example.com", "https://BI.example.com.:443/.", "https://bi.example.com/./login/"),
        ("https://bi.example.com/a/b", "https://bi.example.com/a/./b//"),
    ],
)
def test_every_spelling_of_an_address_is_one_place(same):
    assert len({place(base_url(each)) for each in same}) == 1


def test_other_hosts_ports_and_paths_are_other_places():
    others: tuple[str, ...] = (
        "https://a.example.com",
        "https://b.example.com",
        "https://a.example.com:8443",
        "https://a.example.com/x",
    )
    others += ("http://127.0.0.1", "http://127.0.0.2", "http://cafe", "http://10.1")
    assert len({place(base_url(each)) for each in others}) == len(others)
