"""What the shape of the tree promises, beside the import contracts."""

from __future__ import annotations

import ast
import re
from collections import Counter

import pytest
from django.apps import apps
from django.core.management import call_command

from project.tests.modules import CHECKOUT, Module, cycles, imports, modules, percentile_95

SOURCES = [path for folder in ("apps", "project") for path in sorted((CHECKOUT / folder).rglob("*.py"))]
MODULES = modules()
IMPORTS = imports(MODULES)

LONGEST_MODULE = 400
MOST_MODULES = 230
"""Lines that 95 % of the modules do not exceed."""

MOST_FUNCTIONS = 17
"""Lines that 95 % of the functions do not exceed."""

WIDEST_FOLDER = 16

SURFACES = re.compile(r"admin(_\w+)?|api|forms|management|pages|plugin|service_forms")
RANKS = {"models": 0, "policies": 1, "services": 2}
SURFACE = 3
BROAD = re.compile(r"^\s*except (\(.*)?\b(Base)?Exception\b")
REASON = re.compile(r"#(?! noqa(: [A-Z0-9, ]+)?$)")


def test_every_init_file_is_empty():
    assert [str(path) for path in SOURCES if path.name == "__init__.py" and path.read_text()] == []


def test_no_module_is_longer_than_the_limit():
    lengths = {str(path.relative_to(CHECKOUT)): len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_most_modules_are_short():
    assert percentile_95([len(module.lines) for module in MODULES]) <= MOST_MODULES


def test_most_functions_are_short():
    lengths = [node.end_lineno - node.lineno + 1 for module in MODULES for node in module.functions()]
    assert percentile_95(lengths) <= MOST_FUNCTIONS


def test_no_folder_is_wide():
    widths = Counter(str(module.path.parent.relative_to(CHECKOUT)) for module in MODULES)
    assert {folder: width for folder, width in widths.items() if width > WIDEST_FOLDER} == {}


def _given_twice(module: Module) -> list[str]:
    names = [
        name
        for node in module.tree.body
        for name in (
            [target.id for target in node.targets if isinstance(target, ast.Name)]
            if isinstance(node, ast.Assign)
            else [getattr(node, "name", "")]
        )
    ]
    return [name for name, times in Counter(filter(None, names)).items() if times > 1]


def test_no_module_gives_a_name_twice():
    """The second would silently take the place of the first, as one message did of another."""
    assert {module.name: twice for module in MODULES if (twice := _given_twice(module))} == {}


def test_no_modules_import_each_other_in_a_circle():
    assert cycles(IMPORTS) == []


def rank(name: str) -> int | None:
    """Of a module within its app; None for one that stands beside the layers."""
    parts = name.split(".")[2:]
    if any(map(SURFACES.fullmatch, parts)):
        return SURFACE
    return next((RANKS[part] for part in parts if part in RANKS), None)


def is_upward(name: str, target: str) -> bool:
    """Surfaces are imported by surfaces only; models, policies and services import what is below them."""
    own, other = rank(name), rank(target)
    if other is None:
        return False
    return other == SURFACE if own is None else other > own


def test_no_module_imports_upwards_in_its_app():
    found = [
        f"{name} -> {target}"
        for name, targets in IMPORTS.items()
        for target in targets
        if name.startswith("apps.")
        and not name.startswith("apps.superset.")  # its rooms have an import contract
        and not name.endswith(".apps")  # connects the surfaces of its app
        and name.split(".")[:2] == target.split(".")[:2]
        and is_upward(name, target)
    ]
    assert found == []


def broad_excepts(module: Module) -> list[str]:
    """Those that catch whatever comes, and do not say why on their line or the next."""
    return [
        f"{module.name}:{number}"
        for number, line in enumerate(module.lines, 1)
        if BROAD.search(line) and not any(map(REASON.search, module.lines[number - 1 : number + 1]))
    ]


def test_every_broad_except_says_why():
    assert [place for module in MODULES for place in broad_excepts(module)] == []


@pytest.mark.parametrize(
    ("line", "is_refused"),
    [
        ("except Exception:", True),
        ("except (OSError, BaseException) as error:  # noqa: BLE001", True),
        ("except Exception:  # noqa: BLE001 - a foreign class", False),
        ("except BaseException:  # the child ends here", False),
        ("except requests.RequestException:", False),
        ("except http.client.HTTPException:", False),
    ],
)
def test_a_broad_except_is_known_by_its_line(line, is_refused):
    module = Module(CHECKOUT / "apps/planted.py")
    module.__dict__["lines"] = ["try:", "    pass", line, "    pass"]
    assert bool(broad_excepts(module)) is is_refused


def test_a_circle_is_found():
    graph = {
        "a": frozenset({"b"}),
        "b": frozenset({"c"}),
        "c": frozenset({"b"}),
        "d": frozenset({"e"}),
        "e": frozenset(),
    }
    assert cycles(graph) == ["a", "b", "c"]


def test_the_engine_is_no_django_app():
    assert "superset" not in {each.label for each in apps.get_app_configs()}


@pytest.mark.django_db
def test_the_schema_migrations_are_up_to_date():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db
def test_django_finds_nothing_wrong():
    call_command("check", fail_level="WARNING")
