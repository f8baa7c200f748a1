# [DEF:migrations.plugin.params:Module]
# @COMPLEXITY: 2
# @PURPOSE: The parameters of the actions of migrations.
# @RELATION DEPENDS_ON -> superset.plan.attachment

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from apps.superset.plan.attachment import Aspect


@dataclass(frozen=True)
class PlanParams:
    source: str = field(metadata={"title": _("From"), "help": _("environment that has the dashboards")})
    target: str = field(metadata={"title": _("To"), "help": _("environment to migrate them to")})
    dashboards: tuple[str, ...] = field(
        default=(), metadata={"title": _("Dashboards"), "help": _("id, UUID or slug of each, in the source")}
    )
    everything: bool = field(default=False, metadata={"title": _("All dashboards of the source")})
    databases: tuple[str, ...] = field(
        default=(), metadata={"title": _("Databases"), "help": _("SOURCE=TARGET, by name or UUID, for this plan only")}
    )
    allow_many: bool = field(default=False, metadata={"title": _("Skip the overwrite limit")})
    acknowledge: tuple[str, ...] = field(
        default=(), metadata={"title": _("Acknowledge"), "help": _("names given by a refusal, to plan anyway")}
    )
    carry: tuple[Aspect, ...] | None = field(
        default=None,
        metadata={
            "title": _("Carry"),
            "help": _("what travels beside the documents; without it nothing, or what a migration carried before"),
        },
    )
    connections: tuple[str, ...] = field(
        default=(),
        metadata={
            "title": _("Create connections"),
            "help": _("databases of the source, by name or UUID, whose connections are created on the target"),
        },
    )
    prune: bool | None = field(
        default=None,
        metadata={
            "title": _("Delete orphans"),
            "help": _("charts and datasets of the target that nothing uses after the migration"),
        },
    )
    migration: int | None = field(
        default=None,
        metadata={"title": _("Migration"), "help": _("plan this migration again, with the same selection")},
    )
    keep: bool = field(
        default=True,
        metadata={"title": _("Keep the plan"), "help": _("as a migration that can be applied; else it is only shown")},
    )


@dataclass(frozen=True)
class ApplyParams:
    migration: int = field(metadata={"title": _("Migration")})
    checksum: str | None = field(
        default=None, metadata={"title": _("Checksum"), "help": _("apply only the plan with this checksum")}
    )
    override: str = field(
        default="",
        metadata={"title": _("Override a freeze"), "help": _("reason for applying while the target is frozen")},
    )


@dataclass(frozen=True)
class RollbackParams:
    migration: int = field(metadata={"title": _("Migration")})
    keep_changed: bool = field(
        default=False,
        metadata={"title": _("Keep later changes"), "help": _("undo the rest and keep what others have changed since")},
    )
    force: str = field(
        default="",
        metadata={"title": _("Undo later changes, too"), "help": _("reason; the changes of others are lost")},
    )


@dataclass(frozen=True)
class SettleParams:
    target: str = field(metadata={"title": _("Target"), "help": _("environment that the requests were sent to")})


@dataclass(frozen=True)
class MailParams:
    decision: int | None = field(default=None, metadata={"title": _("Decision")})
    run: int | None = field(default=None, metadata={"title": _("Run")})


@dataclass(frozen=True, slots=True)
class ProtectionMailParams:
    protection: int = field(metadata={"title": _("Request to lower a protection")})
