# [DEF:contracts.errors:Module]
# @COMPLEXITY: 2
# @PURPOSE: Announced failures: the text is one sentence with the next step, meant for the reader.

from __future__ import annotations

from typing import Any, ClassVar


class ContractsError(Exception):
    kind: ClassVar[str] = "contracts"

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "detail": str(self), "context": {}}


class ConfigurationError(ContractsError):
    """`[tool.lockstep.contracts]` is missing, or holds something that is not known."""

    kind = "configuration"


class NodeMissing(ContractsError):
    """There are components to check and nothing to read them with."""

    kind = "node_missing"


class FeatureRefused(ContractsError):
    """The folder of a feature cannot be begun."""

    kind = "feature_refused"


class NoSuchContract(ContractsError):
    """No anchor has the id that was asked for."""

    kind = "not_there"
