# [DEF:migrations.mail.delivery:Module]
# @COMPLEXITY: 3
# @PURPOSE: Hands mail to the server, to each recipient one of their own.
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> contracts.plain_text

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils.translation import override

from apps.contracts.plain_text import name
from apps.core.errors import LockstepError
from apps.core.sentences import Sentence
from apps.migrations import messages
from apps.users.models import User

logger = logging.getLogger(__name__)

SOME_REFUSED = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError)
"""What is wrong with one email; the next may go."""

Log = Callable[..., None]
Body = Callable[[], str]
"""Makes a text when it is needed."""


def deliver(
    recipients: Sequence[User], *, subject: Body, text: Body, html: Body | None = None, log: Log
) -> dict[str, Any]:
    """To each an email of their own, in their language. LockstepError if the server takes none of it."""
    if not recipients:
        log(Sentence(messages.NO_RECIPIENT), level="warning")
        return {"sent": 0}
    connection = get_connection()
    try:
        connection.open()
        sent = [user for user in recipients if _sent(user, _message(user, subject, text, html, connection), log)]
        connection.close()
    except OSError as error:  # smtplib's own are among them
        raise _undelivered(error) from None
    if not sent:
        raise LockstepError(messages.ALL_REFUSED)
    return {"sent": len(sent)}


def _message(user: User, subject: Body, text: Body, html: Body | None, connection: Any) -> EmailMultiAlternatives:
    with override(user.language or settings.LANGUAGE_CODE):
        return EmailMultiAlternatives(
            subject=name(" ".join(f"[Lockstep] {subject()}".split())),
            body=text(),
            to=[user.email],
            connection=connection,
            alternatives=[(html(), "text/html")] if html else None,
        )


def _sent(user: User, message: EmailMultiAlternatives, log: Log) -> bool:
    try:
        message.send()
    except SOME_REFUSED:
        log(Sentence(messages.MAIL_REFUSED, user=user), level="warning")
        return False
    log(Sentence(messages.MAILED, user=user))
    return True


def _undelivered(error: OSError) -> LockstepError:
    why = error.strerror or str(error) or messages.NO_REASON
    logger.warning("the mail server %s:%s did not accept the mail (%s)", settings.EMAIL_HOST, settings.EMAIL_PORT, why)
    return LockstepError(messages.UNDELIVERED.format(host=settings.EMAIL_HOST, port=settings.EMAIL_PORT, why=why))
