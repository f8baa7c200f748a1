from __future__ import annotations

import json
import uuid

import pytest

from apps.contracts.belief import HIDDEN
from apps.core.crypto.encryption import Secret
from apps.environments.tests.factories import PASSWORD, make_environment
from apps.plugins.models import PluginRecord
from apps.tasks.worker.masking import LONGEST, Mask, known_names, known_secrets
from apps.users.models import User


def test_the_secret_of_every_environment_is_hidden_wherever_it_stands(db):
    make_environment("dev")
    mask = Mask(known_secrets())
    assert mask.text(f"signing in with {PASSWORD}.") == "signing in with ********."
    assert mask.json({"tried": [f"{PASSWORD}!"]}) == {"tried": ["********!"]}


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("postgres://robot:hunter2@db:5432/x", "postgres://robot:********@db:5432/x"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer ********"),
        ("https://host:8088/path is no secret", "https://host:8088/path is no secret"),
    ],
)
def test_what_looks_like_a_secret_is_hidden(text, masked):
    assert Mask([]).text(text) == masked


def test_a_name_that_sounds_like_a_secret_hides_its_value():
    assert Mask([]).json({"access_token": "abc", "token_count": 0}) == {"access_token": "********", "token_count": 0}


def test_a_short_secret_does_not_eat_words():
    assert Mask(["a"]).text("banana") == "banana"


@pytest.mark.parametrize("secret", ["q7!", "a", "!?", "7", "x-", "ß9"])
@pytest.mark.parametrize(
    "sentence",
    ["password: {} said the server", "the password “{}” was refused", "with the token {}.", "The key is '{}'"],
)
def test_a_short_secret_is_hidden_where_something_says_that_it_is_one(secret, sentence):
    assert Mask([secret]).text(sentence.format(secret)) == sentence.format(HIDDEN)


def test_a_secret_that_holds_another_is_hidden_whole():
    assert Mask(["hunter", "hunter22"]).text("hunter22 hunter") == "******** ********"


def test_what_no_database_takes_is_taken_out():
    assert Mask([]).text("a\0b\ud800") == "ab?"
    assert Mask([]).json({"a\0": "\0", "bad": float("nan")}) == {"a": "", "bad": "NaN"}


def test_what_json_does_not_know_becomes_its_text():
    number = uuid.uuid4()
    assert Mask([]).json({"uuid": number, "pair": (1, 2)}) == {"uuid": str(number), "pair": [1, 2]}


def test_a_long_text_is_cut():
    assert Mask([]).text("x" * (LONGEST + 5)).endswith("… (5 characters more)")


@pytest.mark.django_db
def test_secret_settings_are_hidden_even_beside_one_that_no_key_opens():
    PluginRecord.objects.create(slug="greeter", secrets=Secret.of(json.dumps({"key": "open-sesame", "pin": "another"})))
    PluginRecord.objects.create(slug="other", secrets=Secret("damaged"))
    assert sorted(known_secrets()) == ["another", "open-sesame"]


class TestWhereASecretStandsAsOne:
    """A user is called like the password of a Superset, or that password is an ordinary word."""

    mask = Mask(["annette", "superset", "2026", "x7!Gk29&Qp"], names=["annette", "prod", "dev x7!Gk29&Qp two"])

    @pytest.mark.parametrize(
        "text",
        [
            "Stopped, as annette asked",
            "told annette by mail",
            "Superset failed with 500: superset.errors says 2026",
            "synced “prod”, 2026 assets, annette's",
            "the environment dev x7!Gk29&Qp two has 3 charts",
        ],
    )
    def test_what_lockstep_says_of_people_places_and_numbers_is_not_mangled(self, text):
        assert self.mask.text(text) == text

    @pytest.mark.parametrize("secret", ["annette", "superset", "2026", "x7!Gk29&Qp", "never-seen-9"])
    @pytest.mark.parametrize(
        "form",
        [
            "https://annette:{}@bi.example/x",
            "postgres://:{}@db/x",
            '{{"username": "annette", "password": "{}", "a": 1}}',
            "{{'provider': 'db', 'access_token': '{}'}}",
            "POST /login username=annette&password={} HTTP",
            "Authorization: {}",
            "authorization: Token {}",
            "X-Api-Key: {}",
            "X-CSRFToken: {}",
            "Cookie: session={}; other=1",
            "Set-Cookie: session={}",
            "?access_token={}",
            "PasswordLogin(username='annette', password='{}')",
            "('client_secret', '{}')",
        ],
    )
    def test_no_secret_gets_through_where_one_stands(self, secret, form):
        masked = self.mask.text(form.format(secret.replace("&", "%26") if "=" in form and "'" not in form else secret))
        shown = masked.replace("username=annette", "").replace("annette:", "").replace('"annette"', "")
        assert secret not in shown.replace("'annette'", "")
        assert HIDDEN in masked

    @pytest.mark.parametrize("secret", ["annette", "superset", "2026"])
    @pytest.mark.parametrize(
        "sentence",
        ["the password “{}” was refused", "password: {}", "with the password {}.", "The token is '{}'", "key {}"],
    )
    def test_no_secret_gets_through_in_a_sentence_that_says_what_it_is(self, secret, sentence):
        assert secret not in self.mask.text(sentence.format(secret))

    def test_a_long_secret_is_hidden_in_every_writing(self):
        for written in ("x7!Gk29&Qp", "x7%21Gk29%26Qp", "x7!Gk29&amp;Qp", "ax7!Gk29&Qpz"):
            assert self.mask.text(f"said {written} aloud").startswith("said ")
            assert "Gk29" not in self.mask.text(f"said {written} aloud")

    def test_a_secret_that_is_nobody_s_name_and_no_ordinary_word_is_hidden_wherever_it_stands(self):
        assert Mask(["brontosaur"], names=["ann"]).text("no brontosaur, ann") == "no ********, ann"

    def test_the_names_of_fields_decide_what_is_hidden_in_facts(self):
        facts = {"by": "annette", "password": "annette", "said": {"token": "superset", "product": "superset"}}
        masked = {"by": "annette", "password": HIDDEN, "said": {"token": HIDDEN, "product": "superset"}}
        assert self.mask.json(facts) == masked

    @pytest.mark.parametrize(
        "text",
        [
            "3 tokens are kept; the token count=3",
            "lockstep task answer 1 --secret-file api_token=FILE",
            "the user name or the password was refused",
            "did not return a CSRF token",
            "metric “token: total” changed",
        ],
    )
    def test_sentences_about_secrets_are_not_mangled(self, text):
        assert self.mask.text(text) == text


def test_a_cancelled_task_names_who_asked_although_that_is_the_password_of_a_superset(db):
    make_environment("dev")
    User.objects.create_user(PASSWORD)
    mask = Mask(known_secrets(), known_names())
    assert mask.text(f"Stopped, as {PASSWORD} asked") == f"Stopped, as {PASSWORD} asked"
    assert PASSWORD not in mask.text(f"http://robot:{PASSWORD}@bi.example refused")


def test_what_a_terminal_obeys_or_nobody_sees_is_stored_as_an_escape_for_every_page_that_shows_it():
    assert Mask([]).text("a\x1b[2Jb\u202ec\nd") == "a\\x1b[2Jb\\u202ec\nd"
    assert Mask([]).json({"title": "a\u202e"}) == {"title": "a\\u202e"}
