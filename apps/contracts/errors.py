# [DEF:contracts.errors:Module]
# @COMPLEXITY: 2
# @PURPOSE: Expected errors, whose text is one sentence with the next step.

from __future__ import annotations

from typing import Any, ClassVar


class ContractsError(Exception):
    kind: ClassVar[str] = "contracts"

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "detail": str(self), "context": {}}


class ConfigurationError(ContractsError):
    """`[tool.lockstep.contracts]` is missing or has an unknown entry."""

    kind = "configuration"


class NodeMissing(ContractsError):
    """There are components to check, but no Node to read them."""

    kind = "node_missing"


class FeatureRefused(ContractsError):
    """The folder of a feature cannot be created."""

    kind = "feature_refused"


class NoSuchContract(ContractsError):
    """No anchor has the requested id."""

    kind = "not_there"
