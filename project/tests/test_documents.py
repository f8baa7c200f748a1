"""What the documents say of settings and files is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "docs/decisions/*.md", "specs/**/*.md", ".specify/memory/*.md")
    for path in CHECKOUT.glob(pattern)
)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")


def test_every_setting_is_documented():
    settings = (CHECKOUT / "project/settings.py").read_text()
    told = "".join(path.read_text() for path in CHECKOUT.glob("docs/*.md"))
    read = set(re.findall(r'"(LOCKSTEP_\w+|DATABASE_URL)"', settings))
    assert read
    assert {name for name in read if f"`{name}`" not in told} == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(CHECKOUT).as_posix())
def test_links_lead_to_what_is_there(document):
    targets = LINK.findall(document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []
