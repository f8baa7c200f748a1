# [DEF:plugins.base:Module]
# @COMPLEXITY: 2
# @PURPOSE: The public contract of plugins: what one declares, and what its actions are given when they run.
"""A plugin is an object of `Plugin`, named by an entry point of the group `lockstep.plugins`:

    @dataclass(frozen=True)
    class SyncParams:
        full: bool = field(default=False, metadata={"title": "Read everything again"})

    def sync(context: Context, params: SyncParams) -> dict[str, Any]:
        context.log("reading the dashboards")
        ...
        return {"dashboards": 12}

    plugin = Plugin(
        slug="catalogue",
        title="Catalogue",
        version="1.0",
        actions=(Action(slug="sync", title="Sync", params=SyncParams, run=sync, repeatable=True),),
    )

An action that cannot do its work raises an announced failure: a `LockstepError` or a `SupersetError`. One that
needs an answer of a person raises `InputRequired`. Whatever else it raises counts as a fault of the plugin and is
stored with its traceback.

A plugin imports from here and from nowhere else; this module needs no Django that is set up, so neither do its tests.
The duties of both sides are in `docs/plugins.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from apps.core.crypto.encryption import Secret
from apps.core.errors import LockstepError
from apps.core.sentences import Sentence
from apps.plugins.inputs import Choice, InputField, InputKind, InputRequired

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from apps.users.models import User

__all__ = [
    "API_VERSION",
    "HOUR",
    "Action",
    "Choice",
    "Context",
    "InputField",
    "InputKind",
    "InputRequired",
    "LockstepError",
    "NextStep",
    "Places",
    "Plugin",
    "Secret",
    "Sentence",
    "Stage",
]

API_VERSION = 1
"""Raised when this contract changes so that a plugin for the old one would break."""

HOUR = 3600


class Context(Protocol):
    """What a running action works with. Calls are cheap; it is also a `Reporter` for the engine."""

    @property
    def task(self) -> int:
        """The number of the task that runs."""

    @property
    def actor(self) -> User:
        """Who started it."""

    @property
    def environment(self) -> str | None:
        """The name of the environment it works on, if any."""

    @property
    def settings(self) -> Any:
        """The settings of the plugin: an instance of its `settings`; None if it declares none."""

    def log(self, text: str, *, level: str = "info", **facts: Any) -> None:
        """One line; level is `debug`, `info`, `warning` or `error`. Facts are JSON values; secrets are masked. A text
        that is a `Sentence` is shown to each reader in their language."""

    def stage(self, name: str, number: int, total: int) -> None:
        """A stage begins: the `number`th of `total`, counted from 1. The one before it is done."""

    def progress(self, stage: str, done: int, total: int) -> None:
        """`done` of `total` steps of what `stage` names, within the stage that has begun."""

    def check_cancelled(self) -> None:
        """Raise Cancelled if the task is to stop: ask before each step that can still be left out."""

    def artefact(self, name: str, content: bytes) -> None:
        """Keep a file with the task; one of the same name is replaced."""

    def kept(self, name: str) -> bytes | None:
        """The file of this name that the task kept before it paused or its process died; None if there is none."""

    @property
    def answers(self) -> Mapping[str, str]:
        """What people answered to `InputRequired`, by the names of the fields. A secret is there once: the task that
        is run again after the death of its process has to ask for it again."""

    @property
    def answered_by(self) -> User | None:
        """Who gave the last answer."""

    @property
    def resumed_at(self) -> str | None:
        """The stage that was going on when the last question was asked, if one was. Those before it are done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The environments that parameters point to, by name."""

    works_on: str | None = None
    """The only one that the action can be started for with these."""

    reads: str | None = None
    """Another one, whose content the task shows: to see the task, `catalogue.view` is needed there, too."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of an action that is shown before it begins. `name` is what `Context.stage` is called with."""

    name: str
    label: str | _StrPromise


@dataclass(frozen=True, slots=True)
class NextStep:
    """What helps after a failure: a sentence, and the button for it: `retry`, `rollback`, `replan`, `answer`."""

    text: str | _StrPromise
    action: str | None = None
    migration: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing a plugin does.

    `params` is a frozen dataclass; see `params.py` for the types of its fields. Their metadata may have `title` and
    `help`. `run` returns a JSON object, or nothing.
    """

    slug: str
    title: str | _StrPromise
    """As it is, or marked by `gettext_lazy` and translated when it is shown; so is that of the plugin."""

    params: type[Any]
    run: Callable[[Context, Any], Mapping[str, Any] | None]

    task_title: str | _StrPromise = ""
    """What a task of it is called in lists, with its parameters and `{environment}`: “Apply migration {migration}”.
    If empty, the title of the action and the environment."""

    stages: tuple[Stage, ...] = ()
    """All its stages in order, so that those to come are shown as well. One that does not begin was not needed."""

    next_steps: Callable[[User, Any, Mapping[str, Any]], Sequence[NextStep]] | None = None
    """Called with a user, the parameters and the stored error when that user looks at a task that failed: what helps,
    of what they may do. It asks nobody but the database."""

    policy: Callable[[User, Any], object] | None = None
    """Called with the user and the parameters before the action is started and before it runs, besides the permission
    for its environment. It raises a LockstepError where they may not run it with these: parameters that name something
    of another environment are to be permitted there. It asks nobody but the database."""

    permitted_by: Callable[[Any], str | None] | None = None
    """Called with the parameters: another permission that is enough where the action's own is required, or None. For
    parameters with which it only shows what its user may see anyway. The policy is asked all the same."""

    places: Callable[[Any], Places] | None = None
    """Called with the parameters, after the policy, wherever that is called."""

    precondition: Callable[[User, Any], object] | None = None
    """Called with the user and the parameters right before a task is queued, no matter who queues it: it raises a
    LockstepError where the work would be refused anyway as things are, and NothingToDo where it is done already. For a
    schedule this is the outcome of the slot. The action checks again when it runs: things change while a task
    waits."""

    internal_files: frozenset[str] = frozenset()
    """Files that pages of the plugin read, with their own permission: a task does not offer them for download."""

    writes: bool = False
    """Holds the write lock of its environment: of these, one runs at a time for each environment."""

    needs: frozenset[str] = frozenset()
    """What its worker has to offer beside what all have, in short words: `frozenset({"browser"})`. Only a worker that
    was started with these takes its tasks (`lockstep worker --offers browser`); without one they wait."""

    large: bool = False
    """Holds up to 40 MB while it runs: a worker with little memory runs one such task at a time
    (`LOCKSTEP_LARGE_TASKS`)."""

    needs_environment: bool = False
    """Works on one environment and is not started without; so is every action that writes."""

    repeatable: bool = False
    """Doing it twice does no harm: after the death of its process it is queued again, up to three attempts in all."""

    time_limit: int = HOUR
    """Seconds after which `check_cancelled` stops it. One that does not ask is ended with its process: 30 seconds later
    if it only reads, 15 minutes later if it writes, so that the answer to what it sent is never thrown away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """What an entry point of the group `lockstep.plugins` names."""

    slug: str
    title: str | _StrPromise
    version: str
    actions: tuple[Action, ...]
    api_version: int = API_VERSION

    settings: type[Any] | None = None
    """What is set once for all its actions: a frozen dataclass like `params`, whose fields may also be a `Secret`:
    stored encrypted, written and never read, hidden in the lines of tasks."""

    def action(self, slug: str) -> Action | None:
        return next((action for action in self.actions if action.slug == slug), None)
