"""Small checkouts, made of texts, to hold the rules against."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

from apps.contracts.check import check
from apps.contracts.configuration import Checkout, Configuration
from apps.contracts.tree import read_tree

CHECKOUT = Path(__file__).parents[3]

PLAN = """\
    # [DEF:shop.plan:Module]
    # @COMPLEXITY: 1

    PRICE = 3
    """
"""A module that others can point at."""


def checkout(folder: Path, files: Mapping[str, str], **settings: Any) -> Checkout:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(dedent(text))
    return Checkout(folder, Configuration(roots=("apps",), exclude=("*/__init__.py", "*/tests/*"), **settings))


def violations(folder: Path, files: Mapping[str, str], *, draft: bool = False, **settings: Any) -> list[str]:
    """What the check says, without its advice: `path:line: rule`."""
    tree = read_tree(checkout(folder, files, **settings), draft=draft)
    return [f"{each.path}:{each.line}: {each.rule}" for each in check(tree)]
