"""What the pages of the application ask the server for: the GET requests of each folder of `frontend/src/routes`."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

LAYOUT = "+layout"
ENVIRONMENTS = "environments?page_size=200"
PAIR = "source={environment}&target={other}"
MATRIX = "environments/{environment}/matrix?limit=1000&kind="
ASSET = "environments/{environment}/assets/dashboard/{dashboard}"
LEVELS = "level=info&level=warning&level=error"
TWENTY = "&".join(f"uuid={{change{number}}}" for number in range(20))

PAGES: dict[str, tuple[str, ...]] = {
    LAYOUT: ("session", "activity"),
    "dashboards": (ENVIRONMENTS, f"{MATRIX}dashboard&offset=0"),
    "charts": (ENVIRONMENTS, *(f"{MATRIX}chart&offset={offset}" for offset in (0, 1000, 2000))),
    "datasets": (ENVIRONMENTS, f"{MATRIX}dataset&offset=0"),
    "assets/[environment]/[kind]/[uuid]": (ASSET,),
    "migrations": (
        "migrations?page=1&page_size=50&ordering=-id",
        *(f"migrations?{whose}page=1&page_size=1&ordering=-id" for whose in ("awaiting_me=true&", "mine=true&", "")),
    ),
    "migrations/[id]": (
        "migrations/{migration}/overview",
        "migrations/{large}/overview",
        f"migrations/{{large}}/changes?{TWENTY}",
    ),
    "migrations/new": (
        ENVIRONMENTS,
        f"{MATRIX}dashboard&offset=0",
        ASSET,
        f"mappings/suggestions?{PAIR}",
        f"mappings?{PAIR}&page_size=200",
    ),
    "approvals": (
        "migrations?awaiting_me=true&page=1&page_size=50&ordering=-id",
        "migrations?decided_by_me=true&page=1&page_size=10&ordering=-changed",
        "migrations/{migration}/overview",
        "migrations/{large}/changes?uuid={change0}&uuid={change1}&uuid={change2}",
    ),
    "tasks": ("tasks?page=1&page_size=50", "plugins?page_size=200", ENVIRONMENTS),
    "tasks/[id]": (
        "tasks/{task}",
        f"tasks/{{task}}/lines?before=2147483647&limit=500&{LEVELS}",
        "tasks/{task}/lines/count",
    ),
    "environments": (ENVIRONMENTS,),
    "environments/[slug]": ("environments/{environment}",),
    "environments/new": (),
    "mappings": (
        ENVIRONMENTS,
        f"mappings/suggestions?{PAIR}",
        f"mappings?{PAIR}&page_size=200",
        f"pairings?{PAIR}&page_size=200",
    ),
    "compare/[task]": ("tasks/{planning}", "tasks/{planning}/plan", f"tasks/{{planning}}/changes?{TWENTY}"),
    "profile": ("tokens?state=valid&page_size=200",),
}
"""On opening; what is around each page is asked for by `+layout`."""

ON_DEMAND: dict[str, tuple[str, ...]] = {
    "the search": ("search?q=Sales", "search?q=chart+29"),
    "a plan, read to its end": (
        "migrations/{large}?plan=false",
        "migrations/{large}/changes/{change0}/raw",
        "migrations/{large}/plan.md",
        "migrations/{large}/rollback/preview",
        "tasks/{planning}/changes/{change1}/raw",
        "tasks/{planning}/plan.md",
    ),
    "lists, filtered": (
        "tasks?search=sync&page=1&page_size=50",
        "tasks?state=failed&environment={environment}&page={later}&page_size=50",
        "migrations?search=births&status=approved&page=1&page_size=50&ordering=-id",
        "tasks/{task}/lines?after=0&limit=500&level=error&search=updated",
    ),
}
"""What a person asks for who is on a page already."""

WEIGHTS = {
    LAYOUT: 4,
    "dashboards": 4,
    "migrations/[id]": 3,
    "tasks": 3,
    "tasks/[id]": 3,
    "migrations": 2,
    "approvals": 2,
}
"""How often a page is chosen; the others: once."""


@dataclass(frozen=True, slots=True)
class Request:
    """`template` is the request as it stands above, `address` the one that is sent."""

    template: str
    address: str

    @property
    def endpoint(self) -> str:
        return self.template.partition("?")[0].replace("{large}", "{migration}").replace("{planning}", "{task}")


class Walk:
    """The pages that a user opens one after the other. `facts` are those of `filling`."""

    def __init__(self, facts: dict[str, Any], chance: random.Random) -> None:
        self._facts = facts
        self._chance = chance

    def page(self) -> list[Request]:
        pages = PAGES | ON_DEMAND
        [name] = self._chance.choices(list(pages), [WEIGHTS.get(each, 1) for each in pages])
        return self.requests(pages[name])

    def requests(self, templates: Iterable[str]) -> list[Request]:
        facts = self._chosen()
        return [Request(each, each.format_map(facts)) for each in templates]

    def _chosen(self) -> dict[str, Any]:
        environment, other = self._chance.sample(self._facts["environments"], 2)
        changes = {f"change{number}": each for number, each in enumerate(self._facts["changes"])}
        names = {name: self._facts[name] for name in ("large", "planning", "later")}
        chosen = {name: self._chance.choice(self._facts[f"{name}s"]) for name in ("dashboard", "task", "migration")}
        return {"environment": environment, "other": other, **changes, **names, **chosen}


def all_requests() -> list[str]:
    """Each once."""
    return list(dict.fromkeys(each for page in (PAGES | ON_DEMAND).values() for each in page))
