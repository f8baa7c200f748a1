"""The target of an attack: what it was before, what others have done to it since, and what differs now."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from rig.check.exports import Key, files
from rig.check.rest import Superset
from rig.hostile.judge.server_state import ServerState, read_state
from rig.hostile.judge.verdict import TargetState


class Target:
    def __init__(self, server: Superset) -> None:
        self.server = server
        self.overridden = False
        """Whether overwriting the work of others was requested with a reason."""

        self.foreign_work: dict[Key, bytes | None] = {}
        """Assets as others left them; None for deleted ones."""

        self._before: ServerState | None = None

    @property
    def before(self) -> ServerState:
        assert self._before is not None
        return self._before

    def remember(self) -> None:
        """Take the current state as the one to compare with."""
        self._before = read_state(self.server)

    # --- the work of others

    def others_edit(self, work: Callable[[Superset], object]) -> None:
        """Let somebody else work on the target by hand; the result counts as foreign work."""
        earlier = read_state(self.server)
        work(self.server)
        later = read_state(self.server)
        for key in earlier.changed(later):
            self.foreign_work[key] = later.assets.files.get(key)

    def remember_foreign_assets(self, planned: Collection[Key]) -> None:
        """Count new assets outside the plan as foreign work."""
        now = read_state(self.server)
        for key in now.assets.numbers.keys() - self.before.assets.numbers.keys():
            if key not in planned:
                self.foreign_work[key] = now.assets.files.get(key)

    def keep_dependencies_of_foreign_work(self) -> None:
        """Count what foreign work depends on as foreign, too."""
        now = read_state(self.server)
        for kind, uuid in list(self.foreign_work):
            if (kind, uuid) in now.assets.numbers and kind != "database":
                for key in files(self.server.export(kind, [now.assets.numbers[kind, uuid]])):
                    self.foreign_work.setdefault(key, now.assets.files.get(key))

    # --- what differs

    def state(self, now: ServerState, *, planned: Collection[Key], from_plan: tuple[str, ...]) -> TargetState:
        """What differs now from before, beside what differs from the plan, which was to change the `planned` assets."""
        changed = self._without_foreign(self.before.changed(now))
        surroundings = tuple(how for key, how in changed.items() if key not in planned)
        attachments = tuple(self._without_foreign(self.before.changed_attachments(now)).values())
        return TargetState(
            from_before=tuple(changed.values()),
            from_plan=from_plan,
            outside_plan=tuple(dict.fromkeys((*surroundings, *attachments))),
            lost=tuple(self._lost(now)),
        )

    def _without_foreign(self, changed: dict[Key, str]) -> dict[Key, str]:
        return {key: how for key, how in changed.items() if key not in self.foreign_work}

    def _lost(self, now: ServerState) -> list[str]:
        """Lost foreign work, and lost assets outside the plan."""
        gone = [
            f"{kind} {uuid}, which existed before, is gone"
            for kind, uuid in self.before.assets.numbers
            if (kind, uuid) not in now.assets.numbers and (kind, uuid) not in self.foreign_work
        ]
        if self.overridden:
            return gone
        for key, left in self.foreign_work.items():
            if left is not None and now.assets.files.get(key) is None:
                gone.append(f"{key[0]} {key[1]}, foreign work, is gone")
            elif left is not None and now.assets.files.get(key) != left:
                gone.append(f"{key[0]} {key[1]}: foreign work on it is gone")
        return gone

    def attachments(self) -> dict[Key, dict[str, Any]]:
        return read_state(self.server).attachments

    def lost_attachments(self, earlier: dict[Key, dict[str, Any]]) -> list[str]:
        """Attachments of remaining assets that changed."""
        now = self.attachments()
        return [
            f"{name} of {kind} {uuid}"
            for (kind, uuid), attachments in earlier.items()
            for name in attachments
            if (kind, uuid) in now and now[kind, uuid].get(name) != attachments[name]
        ]
