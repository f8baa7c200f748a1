from __future__ import annotations

import json
import re

from apps.tasks.tests.real_worker import CHECKOUT
from apps.tasks.tests.sockets import KEYS


def test_each_message_is_described_with_what_it_has():
    text = (CHECKOUT / "docs" / "api-live.md").read_text()
    _asked, *examples = (json.loads(example) for example in re.findall(r"```json\n(.*?)```", text, re.DOTALL))
    assert {example["type"]: example.keys() for example in examples} == KEYS
