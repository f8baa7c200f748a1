# [DEF:doctor.services.machine:Module]
# @COMPLEXITY: 3
# @PURPOSE: The checks of this machine: its clock, disk and files, and whether its key fits what is stored.
# @RELATION CALLS -> core.storage
# @RELATION CALLS -> core.fields
# @RELATION CALLS -> core.files
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

import os
import tempfile
from collections import Counter
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from apps.core.advice import advise
from apps.core.errors import Damaged, LockstepError
from apps.core.fields import encrypted_values
from apps.core.files import store_of_files, try_store
from apps.core.storage import LEAST_FREE, storage_problem
from apps.doctor import messages
from apps.doctor.findings import Check, Finding, State

SHORT = 1_000_000_000
"""Bytes of free space, below which there is a warning."""

APART, FAR_APART = 2.0, 30.0
"""Seconds between the clocks of two machines: a worker that is silent for a minute counts as dead."""

NAMED = 5


def clock() -> Finding:
    if connection.vendor != "postgresql":
        return Finding(Check.CLOCK, State.OK, str(messages.CLOCK_OF_FILE))
    with connection.cursor() as cursor:
        before = timezone.now()
        cursor.execute("SELECT clock_timestamp()")
        theirs = cursor.fetchone()[0]
        after = timezone.now()
    apart = max((before - theirs).total_seconds(), (theirs - after).total_seconds(), 0.0)
    facts = {"seconds": round(apart, 1)}
    if apart < APART:
        return Finding(Check.CLOCK, State.OK, messages.CLOCK_AGREES.format(seconds=APART), facts=facts)
    state = State.FAILED if apart >= FAR_APART else State.WARNING
    text = messages.CLOCK_DIFFERS.format(seconds=round(apart))
    return Finding(Check.CLOCK, state, text, str(advise("doctor.clocks")), facts=facts)


def storage(*, with_database: bool = True) -> Finding:
    """Of the data directory, and whether the database takes changes. Nothing is left behind."""
    directory = Path(settings.DATA_DIR)
    try:
        with tempfile.TemporaryFile(dir=directory) as file:
            file.write(b"lockstep")
            file.flush()
        free = _free(directory)
    except OSError as error:
        text = messages.STORAGE_REFUSED.format(directory=directory, reason=error.strerror)
        return Finding(Check.STORAGE, State.FAILED, text, str(advise("doctor.directory")))
    facts = {"directory": str(directory), "free": free}
    room = str(advise("doctor.make_room"))
    if with_database and (problem := storage_problem()):
        return Finding(Check.STORAGE, State.FAILED, problem, room, facts=facts)
    shown = {"directory": directory, "free": filesizeformat(free)}
    if free < SHORT:
        state = State.FAILED if free < LEAST_FREE else State.WARNING
        return Finding(Check.STORAGE, state, messages.STORAGE_SHORT.format(**shown), room, facts=facts)
    return Finding(Check.STORAGE, State.OK, messages.STORAGE_WORKS.format(**shown), facts=facts)


def files() -> Finding:
    """Of the store of files: one is stored, read and deleted."""
    place = store_of_files().place
    facts = {"store": place}
    try:
        try_store()
    except LockstepError as error:
        return Finding(Check.FILES, State.FAILED, str(error), facts=facts)
    return Finding(Check.FILES, State.OK, messages.FILES_WORK.format(place=place), facts=facts)


def secrets() -> Finding:
    """Every stored secret is decrypted, and dropped."""
    damaged: Counter[str] = Counter()
    number = 0
    for row, name in encrypted_values():
        number += 1
        try:
            getattr(row, name).reveal()
        except Damaged:
            damaged[f"{row._meta.model_name} {row.pk}"] += 1  # noqa: SLF001 - Django's documented model API
    facts = {"secrets": number, "damaged": sum(damaged.values())}
    if damaged:
        text = messages.secrets_damaged(facts["damaged"], ", ".join(list(damaged)[:NAMED]))
        return Finding(Check.SECRETS, State.FAILED, text, str(advise("doctor.secrets")), facts=facts)
    text = messages.secrets_readable(number) if number else str(messages.NO_SECRETS)
    return Finding(Check.SECRETS, State.OK, text, facts=facts)


def _free(directory: Path) -> int:
    found = os.statvfs(directory)
    return found.f_bavail * found.f_frsize
