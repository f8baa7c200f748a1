# [DEF:superset.plan.report_words:Module]
# @COMPLEXITY: 2
# @PURPOSE: One sentence for an alert or a report. A plan stores it in English; its facts give it in any language.
# @RELATION DEPENDS_ON -> superset.plan.attachment
# @RELATION CALLS -> contracts.plain_text

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.messages.marking import Translate, unchanged
from apps.superset.messages.marking import gettext_noop as _
from apps.superset.plan.attachment import Item

TYPES = {"Alert": _("Alert"), "Report": _("Report")}
NOBODY, TEXT = _("nobody"), _("text")
ADDRESSES = ("target", "ccTarget", "bccTarget")


def report_words(facts: Mapping[str, Any], translate: Translate = unchanged) -> str:
    """`Report at 0 9 * * * (UTC), PNG to ada@example.org, paused`"""
    sentence = translate(_("{type} at {crontab} ({timezone}), {format} to {recipients}")).format(
        type=translate(TYPES[facts["type"]]) if facts["type"] in TYPES else facts["type"],
        crontab=facts.get("crontab"),
        timezone=facts.get("timezone"),
        format=facts.get("report_format") or translate(TEXT),
        recipients=", ".join(_addresses(facts["recipients"])) or translate(NOBODY),
    )
    paused = facts.get("active") is False
    return one_line(translate(_("{report}, paused")).format(report=sentence) if paused else sentence)


def translated(item: Item, translate: Translate) -> str:
    """The stored sentence in another language, with the names of changed fields that may follow it."""
    if not {"type", "recipients"} <= item.facts.keys():
        return item.name
    english = report_words(item.facts)
    if not item.name.startswith(english):
        return item.name
    return report_words(item.facts, translate) + item.name[len(english) :]


def _addresses(recipients: Any) -> Iterator[str]:
    yield from (str(config[name]) for _kind, config in recipients for name in ADDRESSES if config.get(name))
