# [DEF:doctor.services.environments:Module]
# @COMPLEXITY: 3
# @PURPOSE: The checks of one environment: sign-in, release, rights, clock and latency.
# @RELATION CALLS -> environments.services.connection
# @RELATION CALLS -> environments.connections
# @RELATION CALLS -> superset.checks.rights
# @RELATION DEPENDS_ON -> superset.remote.pulse
# @RELATION DEPENDS_ON -> core.sentences

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from apps.core.errors import LockstepError
from apps.core.sentences import Sentence
from apps.doctor import messages
from apps.doctor.findings import OF_ENVIRONMENTS, Check, Finding, State
from apps.environments.connections import connected
from apps.environments.messages import OWNER_OF_TOKEN
from apps.environments.models import Environment
from apps.environments.services.connection import check_connection
from apps.superset.checks.rights import lacking_rights
from apps.superset.errors import Cancelled, SupersetError
from apps.superset.protocol import Reporter
from apps.superset.releases.base import Release
from apps.superset.remote.client import SupersetClient
from apps.superset.remote.pulse import Pulse

SLOW = 1.0
"""Seconds for the smallest answer of a server, from which on there is a warning."""

APART, FAR_APART = 5.0, 300.0
"""Seconds between the clock of a server and ours. It states its time to the second."""

NAMED = 5

OF_RELEASES = ("error.release_unsupported", "error.release_unknown")


def examine_environment(environment: Environment, reporter: Reporter | None = None) -> list[Finding]:
    """Test its connection, which stores the outcome, then look closer. Whatever it answers is a finding."""
    if not environment.enabled:
        return _all_unknown(environment, messages.DISABLED)
    try:
        check_connection(environment, reporter=reporter)
        with connected(environment, reporter=reporter) as client:
            found = [_signed_in(environment), _release(client.release()), _tried(Check.RIGHTS, client, _rights)]
            found += _pulse(client)
    except Cancelled:
        raise
    except (SupersetError, LockstepError) as error:
        found = list(_without_contact(error))
    return [replace(each, environment=environment.name) for each in found]


def stored_state(environment: Environment) -> list[Finding]:
    """What is known without asking: the outcome of the last contact."""
    if not environment.enabled:
        return _all_unknown(environment, messages.DISABLED)
    contact = environment.last_contact
    if contact is None:
        return _all_unknown(environment, messages.NEVER_ASKED)
    return _all_unknown(environment, messages.NOT_ASKED, moment=f"{contact:%Y-%m-%d %H:%M}")


def _all_unknown(environment: Environment, why: object, **facts: Any) -> list[Finding]:
    """One line for all."""
    return [Finding(Check.SIGN_IN, State.UNKNOWN, Sentence(why, **facts), environment=environment.name)]


def _without_contact(error: SupersetError | LockstepError) -> Iterator[Finding]:
    """The check that failed says why; what could not be looked at is not known."""
    of_release = isinstance(error, SupersetError) and error.message.key in OF_RELEASES
    failed = _failed(Check.RELEASE if of_release else Check.SIGN_IN, error)
    for check in OF_ENVIRONMENTS:
        unknown = Finding(check, State.UNKNOWN, Sentence(messages.AFTER_SIGN_IN))
        yield failed if check is failed.check else unknown


def _failed(check: Check, error: SupersetError | LockstepError) -> Finding:
    if isinstance(error, SupersetError):
        facts = {"kind": error.kind}
        return Finding(check, State.FAILED, error.message.line(), error.advice.line(), facts=facts)
    return Finding(check, State.FAILED, Sentence("{text}", text=error))


def _tried(check: Check, client: SupersetClient, look: Callable[[SupersetClient], Finding]) -> Finding:
    """One look that fails leaves the others as they are."""
    try:
        return look(client)
    except Cancelled:
        raise
    except SupersetError as error:
        return _failed(check, error)


def _pulse(client: SupersetClient) -> Iterator[Finding]:
    try:
        pulse = client.pulse()
    except Cancelled:
        raise
    except SupersetError as error:
        yield Finding(Check.SERVER_CLOCK, State.UNKNOWN, Sentence(messages.CLOCK_UNSTATED))
        yield _failed(Check.LATENCY, error)
    else:
        yield from (_clock(pulse), _latency(pulse))


def _signed_in(environment: Environment) -> Finding:
    account = Sentence("“{name}”", name=environment.username) if environment.username else Sentence(OWNER_OF_TOKEN)
    return Finding(Check.SIGN_IN, State.OK, Sentence(messages.SIGNED_IN, account=account, url=environment.url))


def _release(release: Release) -> Finding:
    facts = {"release": release.version}
    if release.is_known:
        return Finding(Check.RELEASE, State.OK, Sentence(messages.RELEASE_KNOWN, **facts), facts=facts)
    text = Sentence(messages.RELEASE_NEWER, line=release.line, **facts)
    return Finding(Check.RELEASE, State.WARNING, text, Sentence(messages.RELEASE_NEWER_STEP), facts=facts)


def _rights(client: SupersetClient) -> Finding:
    lacking = lacking_rights(client)
    facts = {"as_source": list(lacking.as_source), "as_target": list(lacking.as_target)}
    if not lacking.is_known:
        return Finding(Check.RIGHTS, State.UNKNOWN, Sentence(messages.RIGHTS_UNKNOWN))
    if not lacking.as_target:
        return Finding(Check.RIGHTS, State.OK, Sentence(messages.RIGHTS_ALL), facts=facts)
    missing, state, template = lacking.as_target, State.WARNING, messages.RIGHTS_SOURCE_ONLY
    if lacking.as_source:
        missing, state, template = lacking.as_source, State.FAILED, messages.RIGHTS_MISSING
    names = ", ".join(missing[:NAMED]) + (" …" if len(missing) > NAMED else "")
    return Finding(Check.RIGHTS, state, Sentence(template, rights=names), Sentence(messages.RIGHTS_STEP), facts=facts)


def _clock(pulse: Pulse) -> Finding:
    ahead = pulse.ahead
    if ahead is None:
        return Finding(Check.SERVER_CLOCK, State.UNKNOWN, Sentence(messages.CLOCK_UNSTATED))
    facts = {"seconds_ahead": round(ahead)}
    if abs(ahead) < APART:
        return Finding(Check.SERVER_CLOCK, State.OK, Sentence(messages.CLOCK_RIGHT), facts=facts)
    state = State.FAILED if abs(ahead) >= FAR_APART else State.WARNING
    template = messages.CLOCK_AHEAD if ahead > 0 else messages.CLOCK_BEHIND
    text = Sentence(template, seconds=round(abs(ahead)))
    return Finding(Check.SERVER_CLOCK, state, text, Sentence(messages.CLOCK_STEP), facts=facts)


def _latency(pulse: Pulse) -> Finding:
    facts = {"milliseconds": round(pulse.seconds * 1000)}
    if pulse.seconds < SLOW:
        return Finding(Check.LATENCY, State.OK, Sentence(messages.ANSWERS_IN, **facts), facts=facts)
    text = Sentence(messages.ANSWERS_SLOWLY, **facts)
    return Finding(Check.LATENCY, State.WARNING, text, Sentence(messages.SLOW_STEP), facts=facts)
