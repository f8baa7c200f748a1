"""An OpenID provider whose tokens a test can alter in every way; it listens on the loopback address."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

CLIENT = "lockstep"
Alter = Callable[[dict[str, Any]], None]

RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


def public(key: Any, key_id: str) -> dict[str, Any]:
    algorithm = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    return {**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": key_id, "use": "sig"}


class Quiet(BaseHTTPRequestHandler):
    def handle(self) -> None:
        with suppress(BrokenPipeError):  # whoever asked has not waited
            super().handle()

    def log_message(self, *_: Any) -> None:
        pass


class EvilProvider:
    """`claims` are those of who signs in; `sign` makes the token of them; each code can be used once. What
    is asked of a path with `hangs` in it is answered when `released` is set."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {"sub": "alice-1", "upn": "alice@corp.test", "group": ["BI-DEV"]}
        self.access_claims: dict[str, Any] = {}
        self.sign: Callable[[dict[str, Any]], str] = signed
        self.keys = [public(RSA_KEY, "one"), public(EC_KEY, "two")]
        self.description: dict[str, Any] = {}
        self.codes: dict[str, str] = {}
        self.asked: list[str] = []
        self.down = False
        self.hangs, self.released = "nowhere", threading.Event()
        provider = self

        class Handler(Quiet):
            def do_GET(self) -> None:
                provider.asked.append(self.path)
                self.hang()
                if provider.down:
                    self.send_error(503)
                elif self.path.endswith("openid-configuration"):
                    self.tell(provider.described())
                else:
                    self.tell({"keys": provider.keys})

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self.hang()
                nonce = provider.codes.pop(form["code"][0], None)
                if nonce is None or "code_verifier" not in form:
                    self.send_error(400)
                    return
                self.tell(provider.tokens(nonce))

            def hang(self) -> None:
                if provider.hangs in self.path:
                    provider.released.wait(30)

            def tell(self, answer: Any) -> None:
                body = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def described(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/end",
            "code_challenge_methods_supported": ["S256"],
            **self.description,
        }

    def tokens(self, nonce: str) -> dict[str, str]:
        now = int(time.time())
        frame = {"iss": self.issuer, "iat": now, "exp": now + 300}
        access = {**frame, "aud": "api", "sub": "alice-1", **self.access_claims}
        return {
            "id_token": self.sign({**frame, "aud": CLIENT, "nonce": nonce, **self.claims}),
            "access_token": signed(access),
            "token_type": "Bearer",
        }

    def authorise(self, address: str) -> dict[str, str]:
        """What the provider would send the browser back with, from where it was sent to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.asked)}-{asked['state'][:6]}"
        self.codes[code] = asked["nonce"]
        return {"code": code, "state": asked["state"]}

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def signed(claims: dict[str, Any], key: Any = RSA_KEY, algorithm: str = "RS256", key_id: str | None = "one") -> str:
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": key_id} if key_id else None)
