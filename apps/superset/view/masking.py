# [DEF:superset.view.masking:Module]
# @COMPLEXITY: 2
# @PURPOSE: A plan without secrets, for documents that leave the server.
# @RELATION DEPENDS_ON -> superset.view.values
# @RELATION DEPENDS_ON -> superset.plan.attachment
# @RELATION DEPENDS_ON -> superset.plan.plan
# @RELATION CALLS -> contracts.belief

from __future__ import annotations

from dataclasses import replace

from apps.contracts.belief import without_secret_texts, without_secrets
from apps.superset.plan.attachment import Attachment, Item
from apps.superset.plan.plan import Note, Plan
from apps.superset.view.values import without_secret


def masked_plan(plan: Plan) -> Plan:
    """It has another checksum where something was masked: render it with that of the original."""
    changes = (
        replace(change, differences=tuple(map(without_secret, change.differences))) if change.differences else change
        for change in plan.changes
    )
    relied = (replace(each, items=tuple(map(_item, each.items))) for each in plan.relied)
    return replace(
        plan,
        changes=tuple(changes),
        attachments=tuple(map(_attachment, plan.attachments)),
        relied=tuple(relied),
        warnings=tuple(map(_note, plan.warnings)),
        losses=tuple(map(_note, plan.losses)),
    )


def _attachment(each: Attachment) -> Attachment:
    name = without_secret_texts(each.name)
    return replace(each, name=name, before=tuple(map(_item, each.before)), after=tuple(map(_item, each.after)))


def _note(note: Note) -> Note:
    return replace(note, assets=tuple(map(without_secret_texts, note.assets)))


def _item(item: Item) -> Item:
    return replace(item, name=without_secret_texts(item.name), facts=without_secrets(item.facts))
