from __future__ import annotations

import pytest

from apps.tasks.queue import check_settings


def test_our_settings_of_the_queue_pass():
    assert check_settings() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("orm", None),
        ("ack_failures", False),
        ("max_attempts", 0),
        ("save_limit", 250),
        ("scheduler", True),
        ("catch_up", True),
        ("bulk", 10),
        ("queue_limit", 0),
        ("queue_limit", 100),
        ("retry", 60),
    ],
)
def test_a_setting_that_would_double_or_lose_work_is_refused(settings, name, value):
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, name: value}
    assert [name in error.msg for error in check_settings()] == [True]
