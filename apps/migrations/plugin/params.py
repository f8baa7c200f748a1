# [DEF:migrations.plugin.params:Module]
# @COMPLEXITY: 2
# @PURPOSE: The parameters of the actions of migrations.

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class PlanParams:
    source: str = field(metadata={"title": "From", "help": "environment that has the dashboards"})
    target: str = field(metadata={"title": "To", "help": "environment to migrate them to"})
    dashboards: tuple[str, ...] = field(
        default=(), metadata={"title": "Dashboards", "help": "id, UUID or slug of each, in the source"}
    )
    everything: bool = field(default=False, metadata={"title": "All dashboards of the source"})
    databases: tuple[str, ...] = field(
        default=(), metadata={"title": "Databases", "help": "SOURCE=TARGET, by name or UUID, for this plan only"}
    )
    allow_many: bool = field(default=False, metadata={"title": "Skip the overwrite limit"})
    acknowledge: tuple[str, ...] = field(
        default=(), metadata={"title": "Acknowledge", "help": "names given by a refusal, to plan anyway"}
    )
    migration: int | None = field(
        default=None, metadata={"title": "Migration", "help": "plan this migration again, with the same selection"}
    )


@dataclass(frozen=True)
class ApplyParams:
    migration: int = field(metadata={"title": "Migration"})
    checksum: str | None = field(
        default=None, metadata={"title": "Checksum", "help": "apply only the plan with this checksum"}
    )
    override: str = field(
        default="", metadata={"title": "Override a freeze", "help": "reason for applying while the target is frozen"}
    )


@dataclass(frozen=True)
class RollbackParams:
    migration: int = field(metadata={"title": "Migration"})
    keep_changed: bool = field(
        default=False,
        metadata={"title": "Keep later changes", "help": "undo the rest and keep what others have changed since"},
    )
    force: str = field(
        default="",
        metadata={"title": "Undo later changes, too", "help": "reason; the changes of others are lost"},
    )


@dataclass(frozen=True)
class SettleParams:
    target: str = field(metadata={"title": "Target", "help": "environment that the requests were sent to"})


@dataclass(frozen=True)
class MailParams:
    decision: int | None = field(default=None, metadata={"title": "Decision"})
    run: int | None = field(default=None, metadata={"title": "Run"})


@dataclass(frozen=True, slots=True)
class ProtectionMailParams:
    protection: int = field(metadata={"title": "Request to lower a protection"})
