"""The readers of environment variables: what they give, and the one sentence for each wrong value."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from project import env


@pytest.mark.parametrize(("text", "value"), [("1", True), ("yes", True), ("ON", True), ("0", False), ("False", False)])
def test_a_boolean_is_read_in_any_usual_spelling(text, value):
    assert env.boolean("LOCKSTEP_DEBUG", default=not value, source={"LOCKSTEP_DEBUG": text}) is value


@pytest.mark.parametrize("source", [{}, {"LOCKSTEP_DEBUG": ""}, {"LOCKSTEP_DEBUG": "  "}])
def test_what_is_not_set_or_empty_is_the_default(source):
    assert env.boolean("LOCKSTEP_DEBUG", default=True, source=source) is True
    assert env.integer("LOCKSTEP_DEBUG", 7, source=source) == 7
    assert env.words("LOCKSTEP_DEBUG", ("a",), source=source) == ["a"]
    assert env.path("LOCKSTEP_DEBUG", Path("/x"), source=source) == Path("/x")
    assert env.secret("LOCKSTEP_DEBUG", source=source) == ""
    assert env.database("LOCKSTEP_DEBUG", source=source) is None


def test_a_boolean_that_is_none_is_refused():
    with pytest.raises(ImproperlyConfigured, match="LOCKSTEP_DEBUG is “maybe”, which is neither yes nor no. Set it to"):
        env.boolean("LOCKSTEP_DEBUG", default=False, source={"LOCKSTEP_DEBUG": "maybe"})


def test_an_integer_keeps_to_its_limits():
    assert env.integer("PORT", 1, minimum=1, maximum=10, source={"PORT": "10"}) == 10
    for text, why in (("ten", "not a whole number"), ("0", "at least 1"), ("11", "at most 10")):
        with pytest.raises(ImproperlyConfigured, match=f"PORT is .*{why}"):
            env.integer("PORT", 1, minimum=1, maximum=10, source={"PORT": text})


def test_words_are_separated_by_commas():
    assert env.words("HOSTS", source={"HOSTS": "a.example, b.example,,"}) == ["a.example", "b.example"]


def test_a_choice_is_read_in_any_letter_case_and_refused_when_unknown():
    assert env.choice("LEVEL", "INFO", env.LOG_LEVELS, source={"LEVEL": "debug"}) == "DEBUG"
    with pytest.raises(ImproperlyConfigured, match="LEVEL is “loud”, which is not known. Set it to one of DEBUG, "):
        env.choice("LEVEL", "INFO", env.LOG_LEVELS, source={"LEVEL": "loud"})


def test_a_path_is_absolute():
    assert env.path("DIR", Path("/x"), source={"DIR": "~/data"}) == Path.home() / "data"
    with pytest.raises(ImproperlyConfigured, match="DIR is “data”, which is not an absolute path"):
        env.path("DIR", Path("/x"), source={"DIR": "data"})


def test_a_secret_that_can_be_guessed_is_refused_without_being_shown():
    assert env.long_secret("KEY", 8, source={}) == ""
    assert env.long_secret("KEY", 8, source={"KEY": "x" * 8}) == "x" * 8
    with pytest.raises(ImproperlyConfigured, match="KEY can be guessed. Set it to at least 8 random") as refused:
        env.long_secret("KEY", 8, source={"KEY": "hunter2"})
    assert "hunter2" not in str(refused.value)


def test_a_secret_may_be_in_a_file(tmp_path):
    (tmp_path / "key").write_text("s3cret\n")
    assert env.secret("KEY", source={"KEY_FILE": str(tmp_path / "key")}) == "s3cret"
    assert env.secret("KEY", source={"KEY": "s3cret"}) == "s3cret"
    assert env.secret_words("KEY", source={"KEY": "one,two three"}) == ["one", "two", "three"]


def test_a_secret_given_twice_missing_or_empty_is_refused_without_its_value(tmp_path):
    (tmp_path / "empty").write_text("\n")
    for source, why in (
        ({"KEY": "s3cret", "KEY_FILE": "/x"}, "KEY and KEY_FILE are both set"),
        ({"KEY_FILE": str(tmp_path / "nothing")}, "cannot be read .No such file"),
        ({"KEY_FILE": str(tmp_path / "empty")}, "is empty"),
    ):
        with pytest.raises(ImproperlyConfigured, match=why) as refused:
            env.secret("KEY", source=source)
        assert "s3cret" not in str(refused.value)


def test_a_database_url_becomes_django_s_settings():
    url = "postgres://li%40x:p%2Fw@db.example:5433/lock%20step?sslmode=require&connect_timeout=5"
    assert env.database("DATABASE_URL", source={"DATABASE_URL": url}) == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "lock step",
        "USER": "li@x",
        "PASSWORD": "p/w",
        "HOST": "db.example",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require", "connect_timeout": "5"},
    }


def test_a_database_url_may_name_a_socket():
    found = env.database("DATABASE_URL", source={"DATABASE_URL": "postgresql:///lockstep?host=/run/postgresql"})
    assert found is not None
    assert (found["HOST"], found["PORT"], found["OPTIONS"]) == ("/run/postgresql", "", {})


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("mysql://u:hunter2@h/d", "not a PostgreSQL URL"),
        ("postgres://u:hunter2@h", "names no database"),
        ("postgres://u:hunter2@h/a/b", "names no database"),
        ("postgres://u:hunter2@h:port/d", "not a valid URL"),
        ("postgres://u:hunter2@[h/d", "not a valid URL"),
        ("postgres://u:hunter2@h/d?sslmod=require", "has the option sslmod. Known options"),
    ],
)
def test_a_wrong_database_url_is_refused_without_its_password(url, why):
    with pytest.raises(ImproperlyConfigured, match=f"DATABASE_URL .*{why}") as refused:
        env.database("DATABASE_URL", source={"DATABASE_URL": url})
    assert "hunter2" not in str(refused.value)


def test_pairs_are_separated_by_commas():
    assert env.pairs("EXTRA", source={"EXTRA": "resource=https://x/y=z, prompt=login"}) == {
        "resource": "https://x/y=z",
        "prompt": "login",
    }
    assert env.pairs("EXTRA", source={}) == {}
    with pytest.raises(ImproperlyConfigured, match="EXTRA has the entry “login”. Write key=value"):
        env.pairs("EXTRA", source={"EXTRA": "login"})


def test_a_web_address_loses_its_last_slash():
    read = env.web_address
    assert read("URL", source={}) == ""
    assert read("URL", source={"URL": "https://lockstep.example.org/x/"}) == "https://lockstep.example.org/x"
    for wrong in ("lockstep.example.org", "ftp://lockstep.example.org", "https://", "https://[::1"):
        with pytest.raises(ImproperlyConfigured, match="is not a web address. Write https"):
            read("URL", source={"URL": wrong})


def test_a_bucket_may_have_a_prefix():
    for text, found in (
        ("", None),
        ("s3://lockstep", ("lockstep", "")),
        ("s3://lockstep/", ("lockstep", "")),
        ("s3://my.bucket-1/site/of_one/", ("my.bucket-1", "site/of_one")),
    ):
        assert env.bucket("STORAGE", source={"STORAGE": text}) == found


@pytest.mark.parametrize("text", ["lockstep", "https://s3/lockstep", "s3://Up/x", "s3://abc/../x", "s3://a b c"])
def test_a_place_that_is_no_bucket_is_refused(text):
    with pytest.raises(ImproperlyConfigured, match=r"STORAGE is “.*”, which is not a place for files. Write s3://buck"):
        env.bucket("STORAGE", source={"STORAGE": text})


def test_the_url_of_a_redis_is_checked_without_being_shown():
    for text in ("", "redis://127.0.0.1:6379/0", "rediss://user:p%40ss@redis.example.org", "redis://:x@[::1]:6379/3"):
        assert env.redis("BROKER", source={"BROKER": text}) == text
    for text in ("memcached://hunter2", "redis://:hunter2@a b/0", "redis://:hunter2@host/zero"):
        with pytest.raises(ImproperlyConfigured, match="BROKER is not the URL of a Redis") as refused:
            env.redis("BROKER", source={"BROKER": text})
        assert "hunter2" not in str(refused.value)
