"""The Russian catalogue is complete: every text of the apps, the engine and the templates has its translation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation.template import templatize

from project.tests.running import CHECKOUT
from rig.catalogues import LOCALE, entries

SINGULAR = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURAL = {"ngettext", "ngettext_lazy"}
MARKED = re.compile(
    r"\b(n?)gettext\(\s*u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")|\b_\(\s*u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
)
PLACEHOLDER = re.compile(r"\{[a-z_]*\}|%\([a-z_]+\)s")
CATALOGUE = LOCALE / "ru" / "LC_MESSAGES" / "django.po"


def of_modules() -> Iterator[tuple[str, str]]:
    """Each marked text of the Python modules, and where it stands."""
    for folder in ("apps", "project"):
        for path in sorted((CHECKOUT / folder).rglob("*.py")):
            if "tests" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                    first = node.args[0]
                    marked = node.func.id in SINGULAR | PLURAL
                    if marked and isinstance(first, ast.Constant) and isinstance(first.value, str):
                        yield first.value, f"{path.relative_to(CHECKOUT)}:{node.lineno}"


def of_templates() -> Iterator[tuple[str, str]]:
    for path in sorted((CHECKOUT / "templates").rglob("*")):
        if path.suffix in {".html", ".txt"}:
            for match in MARKED.finditer(templatize(path.read_text(encoding="utf-8"))):
                yield ast.literal_eval(match[2] or match[3]), str(path.relative_to(CHECKOUT))


def catalogue() -> dict[str, dict[str, str]]:
    return {each["msgid"]: each for each in entries(CATALOGUE.read_text(encoding="utf-8")) if each.get("msgid")}


def forms(entry: dict[str, str]) -> list[str]:
    return [text for name, text in sorted(entry.items()) if name.startswith("msgstr")]


@pytest.mark.parametrize("source", [of_modules, of_templates])
def test_every_text_is_translated(source):
    known = catalogue()
    texts = dict(source())
    assert len(texts) > 100
    missing = {text: place for text, place in texts.items() if text and not all(forms(known.get(text, {"msgstr": ""})))}
    assert missing == {}, "translate them in locale/ru, then run `make translations`"


def test_no_translation_is_a_guess():
    assert [text for text, entry in catalogue().items() if "fuzzy" in entry] == []


def test_translations_have_the_placeholders_of_their_originals():
    wrong = {}
    for text, entry in catalogue().items():
        wanted = set(PLACEHOLDER.findall(text)) | set(PLACEHOLDER.findall(entry.get("msgid_plural", "")))
        for form in forms(entry):
            if set(PLACEHOLDER.findall(form)) - wanted or (
                "msgid_plural" not in entry and set(PLACEHOLDER.findall(form)) != wanted
            ):
                wrong[text] = form
    assert wrong == {}


def test_plurals_have_all_four_forms_of_russian():
    assert {
        text: len(forms(each)) for text, each in catalogue().items() if "msgid_plural" in each and len(forms(each)) != 4
    } == {}


def test_the_catalogue_keeps_nothing_that_is_no_longer_said():
    said = {text for source in (of_modules, of_templates) for text, _ in source()}
    assert sorted(catalogue().keys() - said) == []


def test_templates_are_read():
    assert Path(CHECKOUT / "templates/error.html").exists()
    assert "Back to the overview" in dict(of_templates())
