"""Where the rig keeps its files.

    HOME/superset-6.1.0/    the virtual environment of that release     shared by the demo, the tests and the bench
    HOME/template-6.1.0/    a bare and a filled metadata database, the example tables         shared, only read
    HOME/demo/dev|prod/     one server each: configuration, databases, logs, its process
    HOME/demo/lockstep/     Lockstep's own data directory in the demo

HOME is `LOCKSTEP_DEMO_DIR`, or `lockstep` in the user's cache folder. Tests keep their servers in other folders.
"""

from __future__ import annotations

import os
from pathlib import Path

SUPERSET_VERSION = "6.1.0"
CHECKOUT = Path(__file__).resolve().parent.parent


def home() -> Path:
    named = os.environ.get("LOCKSTEP_DEMO_DIR")
    if named:
        return Path(named).expanduser().resolve()
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "lockstep"


def superset_venv(release: str = SUPERSET_VERSION) -> Path:
    return home() / f"superset-{release}"


def template(release: str = SUPERSET_VERSION) -> Path:
    return home() / f"template-{release}"


def demo() -> Path:
    return home() / "demo"


def environment() -> dict[str, str]:
    """The environment of Superset processes, without variables that slow or misconfigure them.

    With PYTHONDONTWRITEBYTECODE every start compiles 3,000 modules again; PYTHONPATH is ours, not Superset's.
    """
    unwanted = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "SUPERSET_CONFIG", "SUPERSET_ENV")
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    return {**kept, "FLASK_APP": "superset.app:create_app()", "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore"}
