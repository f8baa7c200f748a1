# [DEF:migrations.review.overview:Module]
# @COMPLEXITY: 3
# @PURPOSE: A plan as its page shows it at first: the numbers, the risks, the tree; and changes on demand.
# @RELATION CALLS -> superset.view.concerns
# @RELATION CALLS -> superset.view.tree
# @RELATION CALLS -> superset.view.sections
# @RELATION CALLS -> superset.plan.beside
# @RELATION DEPENDS_ON -> migrations.review.material
# @RELATION DEPENDS_ON -> migrations.review.known
# @RELATION CALLS -> migrations.review.seen
# @RELATION CALLS -> migrations.review.checks
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from apps.core.errors import NotThere
from apps.migrations import messages
from apps.migrations.approvals import Approvals
from apps.migrations.models import HumanState, Migration
from apps.migrations.review.checks import checks
from apps.migrations.review.known import Known
from apps.migrations.review.material import Material
from apps.migrations.review.seen import Since, last_decision, progress, seen_by, to_see
from apps.superset.plan.beside import access_lines, attachment_lines
from apps.superset.plan.plan import Action, Change, Plan
from apps.superset.plan.render import as_markdown
from apps.superset.view.concerns import Concern, Gravity, concerns, counts
from apps.superset.view.masking import masked_plan
from apps.superset.view.raw import as_yaml
from apps.superset.view.sections import Contents, sections
from apps.superset.view.tree import Node, in_one_sentence
from apps.users.models import User

Json = dict[str, Any]


def plan_view(
    material: Material,
    *,
    user: User,
    migration: Migration | None = None,
    approvals: Approvals | None = None,
    unchanged: bool = False,
) -> Json:
    """The part `plan`; of a migration, with what this user has seen and what is new."""
    plan, known = material.plan, Known(material)
    found = concerns(plan, gettext)
    marks = seen_by(user, migration) if migration else frozenset()
    since = last_decision(migration, user, material.number or 0) if migration else None
    nodes = material.nodes(unchanged=unchanged)
    at_risk = Counter(uuid for each in found if each.gravity is Gravity.RISK for uuid in each.assets)
    new = _new_since(material, since)
    asked = migration is not None and migration.state == HumanState.SUBMITTED
    return {
        "number": material.number,
        "checksum": material.parsed.checksum,
        "planned_at": material.planned_at,
        "planned_by": material.planned_by,
        "expires": _expires(approvals),
        "source": plan.source.to_json(),
        "target": plan.target.to_json(),
        "databases": [each.to_json() for each in plan.databases],
        "sentence": in_one_sentence(plan, gettext),
        "counts": counts(plan, found),
        "risks": [_concern(each) for each in found],
        "roots": [key.uuid for key in plan.dashboards],
        "nodes": [_node(each, material, known, at_risk[each.change.key.uuid], marks, new) for each in nodes],
        "carry": [aspect.value for aspect in plan.carry],
        "attachments": [asdict(each) for each in attachment_lines(plan, gettext)],
        "access": [asdict(each) for each in access_lines(plan, gettext)],
        "since": _since(since, plan),
        **progress(material.parsed, marks),
        "rules": _rules(material),
        "checks": [asdict(each) for each in checks(material, known, approvals, asked=asked)],
    }


def change_views(material: Material, changes: Sequence[Change]) -> list[Json]:
    """The differences of these, ready to be shown."""
    contents = material.contents(changes)
    return [_change(change, contents[change.key], material) for change in changes]


def changes_shown(material: Material) -> list[Change]:
    """All but what stays as it is, in the order of the tree."""
    return [node.change for node in material.nodes() if node.change.action is not Action.UNCHANGED]


def changes_of(material: Material, uuids: Iterable[str]) -> list[Change]:
    """In the order asked for; NotThere if the plan says nothing of one."""
    by_uuid = {change.key.uuid: change for change in material.plan.changes}
    wanted = [uuid.lower() for uuid in dict.fromkeys(uuids)]
    for uuid in wanted:
        if uuid not in by_uuid:
            raise NotThere(messages.NO_CHANGE.format(uuid=uuid[:40]))
    return [by_uuid[uuid] for uuid in wanted]


def raw(material: Material, uuid: str) -> Json:
    """The whole documents. What stays as it is has the same before and after."""
    (change,) = changes_of(material, [uuid])
    contents = material.contents([change])[change.key]
    before = contents.after if change.action is Action.UNCHANGED else contents.before
    return {"before": as_yaml(before), "after": as_yaml(contents.after)}


def markdown(material: Material) -> str:
    return as_markdown(masked_plan(material.plan), gettext, material.parsed.checksum)


def _change(change: Change, contents: Contents, material: Material) -> Json:
    entry = material.parsed.annex.of(change.key)
    return {
        "uuid": change.key.uuid,
        "kind": change.key.kind.value,
        "name": change.name,
        "action": change.action.value,
        "fingerprint": material.parsed.fingerprints[change.key],
        "sections": sections(change, contents, gettext),
        "hidden": entry.hidden if entry else 0,
    }


def _node(node: Node, material: Material, known: Known, risks: int, marks: frozenset[str], new: frozenset[str]) -> Json:
    change, print_ = node.change, material.parsed.fingerprints[node.change.key]
    return {
        "uuid": change.key.uuid,
        "kind": change.key.kind.value,
        "name": change.name,
        "action": change.action.value,
        "differences": len(change.differences),
        "risks": risks,
        "fingerprint": print_,
        "seen": print_ in marks,
        "new": print_ in new,
        "depends_on": [key.uuid for key in node.depends_on],
        "unchanged_below": node.unchanged_below,
        "source": known.source(change),
        "target": known.target(change),
        "used_by": known.used_by(change),
    }


def _new_since(material: Material, since: Since | None) -> frozenset[str]:
    return frozenset(to_see(material.parsed).values()) - since.fingerprints if since else frozenset()


def _since(since: Since | None, plan: Plan) -> Json | None:
    if since is None:
        return None
    said = since.decision
    return {
        "decision": said.pk,
        "actor": said.actor.username if said.actor else None,
        "at": said.at,
        "checksum": said.checksum,
        "beside": (since.attachments, since.access) != (plan.attachments, plan.access),
    }


def _expires(approvals: Approvals | None) -> datetime | None:
    return approvals.expires if approvals else None


def _concern(concern: Concern) -> Json:
    return {
        "code": concern.code,
        "kind": concern.gravity.value,
        "title": concern.title,
        "text": concern.text,
        "assets": list(concern.assets),
        "lines": list(concern.lines),
        "acknowledged": concern.acknowledged,
        "acknowledge": concern.acknowledge,
    }


def _rules(material: Material) -> Json:
    hidden = sum(entry.hidden for entry in material.parsed.annex.entries.values())
    return {"hidden": hidden, "text": messages.RULES_HIDDEN.format(number=hidden) if hidden else ""}
