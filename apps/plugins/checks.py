# [DEF:plugins.checks:Module]
# @COMPLEXITY: 2
# @PURPOSE: A system check that reports plugins that cannot be loaded.

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Warning, register  # noqa: A004 - Django's name for it

from apps.plugins.registry import registry


@register
def check_plugins(**_: Any) -> list[CheckMessage]:
    return [
        Warning(
            f"The plugin “{broken.slug}” cannot be used: {broken.reason}",
            hint="Repair or uninstall it. All other plugins work.",
            id="plugins.W001",
        )
        for broken in registry().broken
    ]
