# [DEF:contracts.output:Module]
# @COMPLEXITY: 2
# @PURPOSE: The text output of the command: violations, and single contracts.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apps.contracts.model import Tree, Violation


def checked_text(tree: Tree, violations: Sequence[Violation]) -> str:
    if not violations:
        return f"{len(tree.sources)} modules keep their contracts."
    many = "s" if len(violations) > 1 else ""
    return "\n".join([*map(str, violations), f"{len(violations)} violation{many}."])


def shown_text(shown: Mapping[str, Any]) -> str:
    """A contract, as returned by `map.contract`, and the contracts that refer to it."""
    lines = [f"{shown['id']} ({shown['type']}, level {shown['level']}), {shown['path']}:{shown['line']}"]
    if shown["purpose"]:
        lines.append(f"  {shown['purpose']}")
    lines.extend(f"  @{tag['name']}: {tag['value']}" for tag in shown["tags"])
    lines.extend(f"  {each['predicate']} -> {each['target']}" for each in shown["relations"])
    lines.extend(f"  {each['predicate']} <- {each['id']}" for each in shown["pointed_at_by"])
    return "\n".join(lines)
