from __future__ import annotations

import json

import pytest
from lockstep_webhook.plugin import AnnounceParams, Settings, announce

from apps.plugins.base import LockstepError
from apps.plugins.testing import RecordingContext, Stopped

NOBODY = Settings("http://127.0.0.1:9/")


def test_what_was_to_be_sent_stays_with_the_task_when_nobody_answers():
    context = RecordingContext(settings=NOBODY, environment="prod")
    with pytest.raises(LockstepError, match="cannot be reached"):
        announce(context, AnnounceParams("hello", mentions=("ann",)))
    message = json.loads(context.artefacts["message.json"])
    assert (message["text"], message["environment"]) == ("@ann hello", "prod")


def test_a_stopped_task_sends_nothing():
    context = RecordingContext(settings=NOBODY, stop_after=0)
    with pytest.raises(Stopped):
        announce(context, AnnounceParams("hello"))
    assert context.stages == ["compose"]


def test_an_address_is_a_web_address():
    with pytest.raises(ValueError, match="must begin with https"):
        Settings("chat.example.org")
