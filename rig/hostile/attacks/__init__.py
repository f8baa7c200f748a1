"""The families, each in a module, and those of writes in three: importing this registers all of them."""

from importlib import import_module

FAMILIES = ("writes", "undo", "reading", "bundles", "text", "web", "database", "audit", "standing")

for module in (*FAMILIES, "fences", "sides"):
    import_module(f"{__name__}.{module}")
