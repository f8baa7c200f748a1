"""The pages of the application, and whose they are."""

from __future__ import annotations

from dataclasses import dataclass

from project.tests.browser.story import Told


@dataclass(frozen=True)
class Stop:
    name: str
    path: str
    who: str = "ada"
    about: str = "list"
    """What it shows: `list`, `one` thing that may not be there, or `own` content that no server is asked for."""


def tour(told: Told) -> list[Stop]:
    return [
        Stop("dashboards", "/dashboards?env=dev"),
        Stop("charts", "/charts?env=prod"),
        Stop("datasets", "/datasets?env=dev"),
        Stop("asset", f"/assets/dev/dashboard/{told.dashboard}", about="one"),
        Stop("migrations", "/migrations"),
        Stop("migration-new", f"/migrations/new?source=dev&target=prod&dashboards={told.dashboard}&carry=owners"),
        Stop("approvals", "/approvals", who="grace"),
        Stop("plan", f"/migrations/{told.submitted}", who="grace", about="one"),
        Stop("plan-of-the-author", f"/migrations/{told.submitted}", about="one"),
        Stop("rejected", f"/migrations/{told.rejected}", about="one"),
        Stop("interrupted", f"/migrations/{told.interrupted}", about="one"),
        Stop("comparison", f"/compare/{told.compared}", about="one"),
        Stop("tasks", "/tasks"),
        Stop("task-failed", f"/tasks/{told.failed}", about="one"),
        Stop("task-question", f"/tasks/{told.asking}", about="one"),
        Stop("environments", "/environments"),
        Stop("environment", "/environments/prod", about="one"),
        Stop("environment-new", "/environments/new", about="own"),
        Stop("mappings", "/mappings"),
        Stop("profile", "/profile", about="own"),
        Stop("nowhere", "/no-such-page", about="own"),
    ]
