"""Every address of an installed Superset with a parameter in its path."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import TypeGuard

from rig.references.package import Package

PARAMETER = re.compile(r"<(?:\w+:)?\w+>")
KIND = re.compile(r"<datasource_type>")
PAGE = re.compile(r"path:\"(/[^\"]*:[^\"]*)\"")
PAGE_PARAMETER = re.compile(r":\w+\??")
REST = "ModelRestApi"
ABSTRACT = frozenset({"BaseSupersetModelRestApi"})
Views = Mapping[str, ast.ClassDef]


def addresses(package: Package) -> dict[str, set[str]]:
    """The files of each: `/api/v1/chart/<pk>`, `/superset/dashboard/:idOrSlug/`."""
    found: dict[str, set[str]] = {}
    views = [(file, node) for file, module in package.modules.items() for node in module.body if _is_class(node)]
    by_name = {view.name: view for _, view in views}
    for file, view in views:
        for address in _of_view(view, by_name) if view.name not in ABSTRACT else ():
            found.setdefault(address, set()).add(file)
    for file, text in package.scripts.items():
        for address in PAGE.findall(text):
            found.setdefault(address, set()).add(file)
    return found


def example(address: str) -> str:
    """The address with 5 for each parameter, as in a link; a kind of source is `table`."""
    return PAGE_PARAMETER.sub("5", PARAMETER.sub("5", KIND.sub("table", address)))


def _is_class(node: ast.stmt) -> TypeGuard[ast.ClassDef]:
    return isinstance(node, ast.ClassDef)


def _of_view(view: ast.ClassDef, others: Views) -> Iterator[str]:
    attributes = _attributes_of(view, others)
    base = _base(view, attributes)
    for method in view.body:
        for decorator in method.decorator_list if isinstance(method, ast.FunctionDef) else ():
            match decorator:
                case ast.Call(func=ast.Name(id="expose"), args=[ast.Constant(value=str(path)), *_]):
                    if PARAMETER.search(path):
                        yield f"{base}/{path.lstrip('/')}"
    if "resource_name" in attributes and any(name.endswith(REST) for name in _parents(view)):
        yield f"{base}/<pk>"


def _base(view: ast.ClassDef, attributes: Mapping[str, str]) -> str:
    """The base path by the rules of flask_appbuilder: own base, resource below the API, or class name."""
    if "route_base" in attributes:
        return attributes["route_base"].rstrip("/")
    if "resource_name" in attributes:
        return f"/api/{attributes.get('version', 'v1')}/{attributes['resource_name']}"
    return f"/{view.name.lower()}"


def _parents(view: ast.ClassDef) -> list[str]:
    return [parent.id for parent in view.bases if isinstance(parent, ast.Name)]


def _attributes_of(view: ast.ClassDef, others: Views) -> dict[str, str]:
    """The text attributes of a class and its parents."""
    inherited = [
        _attributes_of(others[name], others) for name in _parents(view) if name in others and name != view.name
    ]
    return {name: text for each in (*inherited, _own_attributes(view)) for name, text in each.items()}


def _own_attributes(view: ast.ClassDef) -> dict[str, str]:
    return {
        target.id: node.value.value
        for node in view.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
