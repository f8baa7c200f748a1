"""Every way in which a provider's answer could be made to let the wrong person in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client

from apps.users.models import User
from apps.users.tests.evil_provider import CLIENT, EC_KEY, OTHER_RSA_KEY, RSA_KEY, signed
from apps.users.tests.signing import begin, refused, sign_in, who

# --- attacks on the token


def hs256_with_the_public_key(claims):
    secret = RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return by_hand({"alg": "HS256", "kid": "one"}, claims, lambda text: hmac.digest(secret, text, hashlib.sha256))


def unsigned(claims):
    return by_hand({"alg": "none"}, claims, lambda _: b"")


def by_hand(header, claims, sign):
    def part(value):
        return base64.urlsafe_b64encode(value).rstrip(b"=")

    text = b".".join(part(json.dumps(each).encode()) for each in (header, claims))
    return (text + b"." + part(sign(text))).decode()


def altered(**changes):
    def sign(claims):
        claims = {name: value for name, value in (claims | changes).items() if value is not None}
        return signed(claims)

    return sign


NOW = int(time.time())
ATTACKS = {
    "another audience": (altered(aud="another"), "InvalidAudienceError"),
    "two audiences, made for the other": (altered(aud=[CLIENT, "another"], azp="another"), "another application"),
    "two audiences, for nobody": (altered(aud=[CLIENT, "another"]), "another application"),
    "made for another": (altered(azp="another"), "another application"),
    "no audience": (altered(aud=None), "MissingRequiredClaimError"),
    "another issuer": (altered(iss="https://evil.example.com"), "InvalidIssuerError"),
    "no issuer": (altered(iss=None), "MissingRequiredClaimError"),
    "another nonce": (altered(nonce="another"), "does not belong to this sign-in"),
    "no nonce": (altered(nonce=None), "does not belong to this sign-in"),
    "expired": (altered(exp=NOW - 3600, iat=NOW - 7200), "ExpiredSignatureError"),
    "without an end": (altered(exp=None), "MissingRequiredClaimError"),
    "made in the future": (altered(iat=NOW + 3600, exp=NOW + 7200), "ImmatureSignatureError"),
    "valid in the future": (altered(nbf=NOW + 3600), "ImmatureSignatureError"),
    "no subject": (altered(sub=None), "MissingRequiredClaimError"),
    "an empty subject": (altered(sub=""), "has no subject"),
    "a subject that is no text": (altered(sub=7), ""),
    "not signed": (unsigned, "signed with “none”"),
    "signed with the public key": (hs256_with_the_public_key, "signed with “HS256”"),
    "another key under the same id": (lambda claims: signed(claims, OTHER_RSA_KEY), "InvalidSignatureError"),
    "an unknown key": (lambda claims: signed(claims, OTHER_RSA_KEY, key_id="nine"), "does not publish"),
    "a key of the other kind": (lambda claims: signed(claims, EC_KEY, "ES256", "one"), "does not publish"),
    "no token": (lambda _: "x", "DecodeError"),
    "an empty token": (lambda _: "", "DecodeError"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_token_that_is_not_for_us_lets_nobody_in(attack, browser, idp):
    idp.sign, why = ATTACKS[attack]
    refused(browser, idp, why)
    assert not User.objects.exists()


def test_clocks_may_differ_a_little(browser, idp):
    idp.sign = altered(iat=int(time.time()) + 60, exp=int(time.time()) + 600)
    sign_in(browser, idp)
    assert who(browser) == "alice@corp.test"


# --- attacks on the exchange


def test_a_state_that_was_not_given_out_is_refused(browser, idp):
    back = idp.authorise(begin(browser))
    answer = browser.get("/sso/callback", back | {"state": "another"})
    assert answer.status_code == 403
    assert who(browser) is None


def test_a_sign_in_that_another_browser_began_is_refused(browser, idp):
    back = idp.authorise(begin(browser))
    assert (victim := Client()).get("/sso/callback", back).status_code == 403
    assert who(victim) is None


def test_a_code_is_used_once(browser, idp):
    back = idp.authorise(begin(browser))
    browser.get("/sso/callback", back)
    browser.post("/admin/logout/")
    assert browser.get("/sso/callback", back).status_code == 403
    idp.codes.clear()
    other = begin(browser)
    again = idp.authorise(other)
    idp.codes.pop(again["code"])
    answer = browser.get("/sso/callback", again)
    assert answer.status_code == 403
    assert "The provider refused this sign-in (400)" in answer.content.decode()


def test_what_the_provider_says_is_shown_as_text(browser, idp):
    location = begin(browser)
    state = idp.authorise(location)["state"]
    answer = browser.get("/sso/callback", {"error": "<script>access_denied", "state": state})
    assert answer.status_code == 403
    assert "&lt;script&gt;access_denied" in answer.content.decode()


# --- text and shapes that nothing here can keep


def header(**changes):
    return lambda claims: by_hand({"alg": "RS256", "kid": "one"} | changes, claims, lambda text: b"x")


ODD = {
    "an algorithm that is a list": (header(alg=["RS256"]), "is not accepted"),
    "an algorithm that is an object": (header(alg={"a": 1}), "is not accepted"),
    "no algorithm": (header(alg=None), "is not accepted"),
    "an algorithm of several lines": (header(alg="a\nb\u202e"), "signed with “a\\nb\\u202e”"),
    "a key that is a list": (header(kid=[1]), "is not accepted"),
    "a subject with half a pair": (altered(sub="alice\ud800"), "cannot be stored, in the claim “sub”"),
    "a subject with a NUL": (altered(sub="alice\0"), "cannot be stored, in the claim “sub”"),
    "a subject without an end": (altered(sub="a" * 256), "subject is longer than 255 characters"),
    "a subject that is a number": (altered(sub=7), "InvalidSubjectError"),
    "a mail address with a NUL": (altered(email="a\0@corp.test"), "in the claim “email”"),
    "a group with half a pair": (altered(group=["BI-DEV", "\udfff"]), "in the claim “group.1”"),
    "a claim whose name has a NUL": (altered(**{"x\0": "y"}), "in the claim “x\\x00”"),
    "a nonce with half a pair": (altered(nonce="\ud800"), "does not belong to this sign-in"),
    "an end that is no number": (altered(exp=[1]), "The token is"),
    "an end without an end": (altered(exp=float("inf")), "The token is"),
    "made at no time": (altered(iat={"a": 1}), "The token is"),
    "an audience that is an object": (altered(aud={"a": 1}), "is not accepted"),
}


@pytest.mark.parametrize(("sign", "why"), ODD.values(), ids=ODD)
def test_a_token_of_another_form_is_refused_with_a_sentence(sign, why, browser, idp):
    idp.sign = sign
    refused(browser, idp, why)
    assert not User.objects.exists()


def test_a_token_that_is_nested_without_an_end_is_refused(browser, idp):
    deep = b'{"a": ' * 20_000 + b"1" + b"}" * 20_000
    part = base64.urlsafe_b64encode(deep).rstrip(b"=").decode()
    head = base64.urlsafe_b64encode(b'{"alg": "RS256", "kid": "one"}').rstrip(b"=").decode()
    for token in (f"{part}.{part}.x", f"{head}.{part}.x"):
        idp.sign = lambda claims, token=token: token
        refused(Client(), idp, "is not")


def test_numbers_that_json_does_not_have_are_kept_as_words(browser, idp):
    idp.claims["score"] = float("inf")
    sign_in(browser, idp)
    assert who(browser) == "alice@corp.test"
    assert User.objects.get().sso_identity.claims["score"] == "Infinity"


def test_a_key_that_is_none_is_no_fault(browser, idp):
    idp.keys = [{"kty": "RSA", "kid": "one", "use": "sig", "n": 7, "e": ["a"]}]
    refused(browser, idp, "publishes an invalid key")
