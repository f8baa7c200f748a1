# [DEF:superset.http.session:Module]
# @COMPLEXITY: 3
# @PURPOSE: Signed-in requests to one Superset: reads are retried, writes only if they were refused unprocessed.
# @RELATION DEPENDS_ON -> superset.http.transport
# @RELATION DEPENDS_ON -> superset.http.auth
# @RELATION DEPENDS_ON -> superset.http.retry
"""When the run is cancelled, a read is abandoned within a second; the response to a write is awaited a while longer
(`Pace.patience`). A write is sent again in only three cases, each a refusal before anything was carried out: the CSRF
token was refused (Superset checks it before it processes the request), the access token was refused (checked before the
view runs), or there were too many requests (429: the limiter of Superset, flask-limiter in 6.1.0, or of a gateway,
answers before the view). A 503 is not one of them, not even with Retry-After: a gateway may send it for a server that
is still working.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from apps.superset.errors import Cancelled, OutcomeUnknown, Unreachable
from apps.superset.http import write_guard
from apps.superset.http.auth import Credentials, SignIn
from apps.superset.http.failures import Broken
from apps.superset.http.pace import Pace
from apps.superset.http.response_errors import Subject, refusal, unexpected
from apps.superset.http.responses import Response
from apps.superset.http.retry import TOO_MANY, Backoff, is_fault_of_content, is_temporary, requested_wait
from apps.superset.http.transport import Call, Transport
from apps.superset.messages.message import Message
from apps.superset.protocol import Reporter

logger = logging.getLogger(__name__)

CSRF_PATH = "/api/v1/security/csrf_token/"


class Session:
    """For one thread at a time: the tokens, the cookies and the connection are shared by all its requests."""

    def __init__(
        self, transport: Transport, credentials: Credentials, *, environment: str, pace: Pace, reporter: Reporter
    ) -> None:
        self.environment = environment
        self._transport = transport
        self._pace = pace
        self._reporter = reporter
        self._csrf = ""
        self._finishing_until = 0.0
        self._leaving: Callable[[], None] = _unasked
        self._answered = pace.clock()
        self._sign_in = SignIn(credentials, self._repeated, environment=environment, clock=pace.clock)

    @property
    def requests(self) -> Counter[str]:
        return self._transport.requests

    def close(self) -> None:
        self._transport.close()

    def check_cancelled(self) -> None:
        """Raise Cancelled if the run should stop, unless this must be finished anyway."""
        if self._pace.clock() >= self._finishing_until:
            self._reporter.check_cancelled()

    @contextmanager
    def uninterrupted(self) -> Iterator[None]:
        self._finishing_until = self._pace.clock() + self._pace.finishing
        try:
            yield
        finally:
            self._finishing_until = 0.0

    @contextmanager
    def fenced(self, leaving: Callable[[], None]) -> Iterator[None]:
        self._leaving = leaving
        try:
            yield
        finally:
            self._leaving = _unasked

    def anonymous(self, path: str) -> Response:
        """The response to a read without signing in, with any status."""
        return self._repeated(Call("GET", path))

    def read(self, call: Call, subject: Subject) -> Response:
        """The successful response to a GET."""
        return self._accepted(self._signed_in(call, self._repeated), subject)

    def ask(self, call: Call) -> Response:
        """The response, with any status, to a request of any method that changes nothing. It contains no secret."""
        return self._signed_in(call, self._repeated).hiding(*self._sign_in.secrets, self._csrf)

    def token(self) -> str:
        """An access token for another connection of the same account, valid for a while."""
        return self._sign_in.token()

    def write(self, call: Call, subject: Subject) -> Response:
        """The successful response to a request that changes something; OutcomeUnknown if the response was lost."""
        return self._accepted(
            self._signed_in(replace(call, fresh=True), lambda ready: self._let_in(ready, subject)), subject
        )

    def _signed_in(self, call: Call, send: Callable[[Call], Response]) -> Response:
        """Send with valid tokens; each kind of token that is refused anyway is renewed once."""
        renewals: dict[str, Callable[[], None]] = {"token": self._sign_in.renew, "csrf": self._fetch_csrf}
        while True:
            answer = send(self._ready(call))
            renew = renewals.pop(_refused(answer), None)
            if renew is None:
                return answer
            renew()

    def _ready(self, call: Call) -> Call:
        """The call with its tokens. On https, Superset also wants a Referer of its own host (flask-wtf, SSL strict)."""
        if call.method == "GET":
            return replace(call, token=self._sign_in.token())
        if not self._csrf:
            self._fetch_csrf()
        headers = {"X-CSRFToken": self._csrf, "Referer": f"{self._transport.url}/"}
        return replace(call, token=self._sign_in.token(), headers=headers)

    def _fetch_csrf(self) -> None:
        """A new CSRF token, valid for a week (6.1.0); its session cookie is stored in the jar."""
        subject = Subject(self.environment)
        answer = self.read(Call("GET", CSRF_PATH), subject)
        token = answer.token("result")
        if not token:
            raise unexpected(answer, subject, Message("error.wanted.csrf_token"))
        self._csrf = token

    def _accepted(self, answer: Response, subject: Subject) -> Response:
        if 200 <= answer.status < 300:
            return answer
        raise refusal(answer.hiding(*self._sign_in.secrets, self._csrf), subject)

    def _let_in(self, call: Call, subject: Subject) -> Response:
        """Send until the server accepts the request: as long as it answers 429, it has done nothing."""
        refused = 0
        while (answer := self._once(call, subject)).status == TOO_MANY:
            refused += 1
            delay = self._delay(answer, refused, self._pace.busy)
            if delay is None:
                break
            self._wait(call, answer, delay)
        return answer

    def _once(self, call: Call, subject: Subject) -> Response:
        started = write_guard.now()  # before the check: a process may be stopped during it
        self._leaving()
        outcome = self._tried(replace(call, leaves_by=started + self._pace.leaves_within), self._impatience())
        if isinstance(outcome, Response):
            return outcome
        raise self._lost(outcome, subject) if outcome.sent else self._unreachable(outcome)

    def _impatience(self) -> Callable[[], None]:
        """A cancelled run does not wait forever for the outcome of its write."""
        since: list[float] = []

        def watch() -> None:
            try:
                self._reporter.check_cancelled()
            except Cancelled:
                since.append(self._pace.clock())
                if since[-1] - since[0] > self._pace.patience:
                    raise Broken(Message("error.not_awaited"), sent=True) from None

        return watch

    def _repeated(self, call: Call) -> Response:
        """Send until there is a usable response: dropped connections, 429 and 5xx are retried."""
        failures = 0
        self._rest()
        while is_temporary(outcome := self._tried(call, self.check_cancelled)):
            failures += 1
            delay = self._delay(outcome, failures, self._pace.backoff)
            if delay is None or (is_fault_of_content(call, outcome) and failures > 1):
                break
            self._wait(call, outcome, delay)
        if isinstance(outcome, Response):
            return outcome
        raise self._unreachable(outcome)

    def _rest(self) -> None:
        """Our own work since the last response counts towards the pause: the server was free for others meanwhile."""
        left = self._pace.rest - (self._pace.clock() - self._answered)
        if self._pace.rest and left > 0:
            self._pace.sleep(left, self.check_cancelled)

    def _tried(self, call: Call, watch: Callable[[], None] | None) -> Response | Broken:
        try:
            return self._transport.exchange(call, watch)
        except Broken as broken:
            return broken
        finally:
            self._answered = self._pace.clock()

    def _delay(self, outcome: Response | Broken, failures: int, backoff: Backoff) -> float | None:
        return backoff.delay(failures, share=self._pace.chance(), requested=requested_wait(outcome))

    def _wait(self, call: Call, outcome: Response | Broken, delay: float) -> None:
        self.check_cancelled()
        facts = {"environment": self.environment, "place": call.path.partition("?")[0], "delay": f"{delay:.1f}"}
        if isinstance(outcome, Response):
            line = Message("line.retrying_after_answer", status=outcome.status, **facts).line()
        else:
            line = Message("line.retrying_after_break", **facts).line()
        self._reporter.log(line, level="warning")
        logger.warning("%s", line)
        self._pace.sleep(delay, self.check_cancelled)

    def _unreachable(self, broken: Broken) -> Unreachable:
        detail = Message("error.unreachable", url=self._transport.url, reason=broken.reason)
        return Unreachable(detail, environment=self.environment, next_step=broken.next_step or "")

    def _lost(self, broken: Broken, subject: Subject) -> OutcomeUnknown:
        detail = Message("error.outcome_unknown", reason=broken.reason)
        return OutcomeUnknown(detail, environment=self.environment, asset=subject.asset)


def _unasked() -> None:
    """No ledger is consulted before a write."""


def _refused(answer: Response) -> str:
    """Which of our tokens the response refuses, if any."""
    if answer.refuses_csrf:
        return "csrf"
    return "token" if answer.refuses_token else ""
