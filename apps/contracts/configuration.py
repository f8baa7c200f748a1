# [DEF:contracts.configuration:Module]
# @COMPLEXITY: 3
# @PURPOSE: What `pyproject.toml` says about the contracts, in `[tool.lockstep.contracts]`.
# @RELATION DEPENDS_ON -> contracts.errors

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps.contracts.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Configuration:
    """`roots` hold the Python modules, `frontend` the Svelte ones; `exclude` are patterns of files without anchors.

    `level_4` and `level_5` are the ids that must not have less. `states` is where the component tests leave what they
    saw. All paths are relative to the checkout.
    """

    roots: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    level_4: tuple[str, ...] = ()
    level_5: tuple[str, ...] = ()
    frontend: str = ""
    states: str = ""
    specs: str = ""

    @property
    def floors(self) -> Mapping[str, int]:
        return dict.fromkeys(self.level_4, 4) | dict.fromkeys(self.level_5, 5)


@dataclass(frozen=True, slots=True)
class Checkout:
    """Where it is, and how it is configured."""

    path: Path
    configuration: Configuration


def read_checkout(path: Path) -> Checkout:
    """The front end may be missing; the folders of `roots` and `specs` may not."""
    configuration = _read(path)
    for folder in (*configuration.roots, configuration.specs):
        if not (path / folder).is_dir():
            raise ConfigurationError(f"[tool.lockstep.contracts] names {folder}, which is not a folder.")
    return Checkout(path, configuration)


def _read(path: Path) -> Configuration:
    try:
        table: dict[str, Any] = tomllib.loads((path / "pyproject.toml").read_text())["tool"]["lockstep"]["contracts"]
        return Configuration(**{name: _frozen(value) for name, value in table.items()})
    except OSError:
        raise ConfigurationError(f"{path} is not a checkout: it has no pyproject.toml.") from None
    except (KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"[tool.lockstep.contracts] of {path} cannot be used: {error}.") from None


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
