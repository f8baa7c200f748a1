# [DEF:superset.plan.beside:Module]
# @COMPLEXITY: 2
# @PURPOSE: Words for what a plan sets beside the documents and for who can see its dashboards, with + and −.
# @RELATION DEPENDS_ON -> superset.plan.plan
# @RELATION DEPENDS_ON -> superset.plan.attachment
# @RELATION CALLS -> superset.plan.report_words
# @RELATION CALLS -> contracts.plain_text

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from apps.contracts.plain_text import name
from apps.superset.messages.marking import Translate, unchanged
from apps.superset.messages.marking import gettext_noop as _
from apps.superset.plan.attachment import ANY_DOMAIN, ANYONE, TITLES, Access, Aspect, Attachment
from apps.superset.plan.plan import Plan
from apps.superset.plan.report_words import translated

BESIDE = _("Beside the documents")
ACCESS = _("Who can see it")
KINDS = {
    "dataset": _("dataset"),
    "chart": _("chart"),
    "dashboard": _("dashboard"),
    "rule": _("rule"),
    "layer": _("annotation layer"),
    "report": _("report"),
    "template": _("CSS template"),
    "query": _("saved query"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One asset or rule: what is added to it and taken away."""

    title: str
    subject: str
    text: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def signed(self) -> str:
        """`+ Ada, − Bob`"""
        return ", ".join([*(f"+ {each}" for each in self.added), *(f"− {each}" for each in self.removed)])


def attachment_lines(plan: Plan, translate: Translate = unchanged) -> list[Line]:
    return [_attachment(each, translate) for each in plan.attachments]


def access_lines(plan: Plan, translate: Translate = unchanged) -> list[Line]:
    return [_access(each, translate) for each in plan.access]


def text_lines(heading: str, lines: Iterable[Line]) -> Iterator[str]:
    """A section of a plan in plain text."""
    lines = list(lines)
    if lines:
        yield from ("", heading)
        yield from (f"  ~ {whole(line)}" for line in lines)


def whole(line: Line) -> str:
    return ": ".join(filter(None, (line.title, name(line.subject), line.text, line.signed)))


def named_beside(each: Attachment, translate: Translate = unchanged) -> str:
    """What has a name of its own by that, else the asset with what hangs on it."""
    own = each.noun != each.key.kind.value
    return _subject(each, translate) if own else f"{_subject(each, translate)} ({translate(TITLES[each.aspect])})"


def _subject(each: Attachment, translate: Translate) -> str:
    return f"{translate(KINDS[each.noun])} “{name(each.name)}”"


def _attachment(each: Attachment, translate: Translate) -> Line:
    ours = _ours(each, translate)
    sides = (_plain(ours.get(said, said) for said in side) for side in (each.added, each.removed))
    return Line(translate(TITLES[each.aspect]), _subject(each, translate), _unsigned(each, translate), *sides)


def _ours(each: Attachment, translate: Translate) -> dict[str, str]:
    """The names that are words of Lockstep's own, translated."""
    if each.aspect is Aspect.EMBEDDING:
        return {ANY_DOMAIN: translate(ANY_DOMAIN)}
    if each.aspect is Aspect.REPORTS:
        return {item.name: translated(item, translate) for item in (*each.before, *each.after)}
    return {}


def _unsigned(each: Attachment, translate: Translate) -> str:
    """For layers of a chart that keep their names."""
    if each.aspect is not Aspect.ANNOTATIONS or each.added or each.removed:
        return ""
    return translate(_("kept") if each.before == each.after else _("changed"))


def _access(each: Access, translate: Translate) -> Line:
    subject = f"{translate(KINDS['dashboard'])} “{name(each.name)}”"
    if each.before is None or each.after is None:
        return Line("", subject, translate(_("unknown: it cannot be determined on the target")))
    text = translate(_("people: {before} → {after}")).format(before=len(each.before), after=len(each.after))
    ours = {ANYONE: translate(ANYONE)}
    sides = (_plain(ours.get(who, who) for who in side) for side in (each.gained, each.lost))
    return Line("", subject, text, *sides)


def _plain(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(name, names))
