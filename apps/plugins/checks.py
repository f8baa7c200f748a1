# [DEF:plugins.checks:Module]
# @COMPLEXITY: 2
# @PURPOSE: A system check that reports plugins that cannot be loaded.

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Warning, register  # noqa: A004 - Django's name for it

from apps.plugins import messages
from apps.plugins.registry import registry


@register
def check_plugins(**_: Any) -> list[CheckMessage]:
    return [
        Warning(
            messages.NOT_LOADED.format(slug=broken.slug, reason=broken.reason),
            hint=str(messages.NOT_LOADED_HINT),
            id="plugins.W001",
        )
        for broken in registry().broken
    ]
