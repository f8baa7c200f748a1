"""The families, each in a module: importing this registers all of them."""

from importlib import import_module

FAMILIES = ("writes", "undo", "reading", "bundles", "text", "web", "database", "audit", "standing")

for family in FAMILIES:
    import_module(f"{__name__}.{family}")
