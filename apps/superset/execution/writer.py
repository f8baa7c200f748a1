# [DEF:superset.execution.writer:Module]
# @COMPLEXITY: 3
# @PURPOSE: Sends every write of a run: recorded before it leaves, settled when its outcome is known.
# @RELATION DEPENDS_ON -> superset.protocol
# @RELATION CALLS -> superset.execution.readback

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from apps.superset.assets import Key, counted
from apps.superset.errors import Cancelled, OutcomeUnknown, RateLimited, SupersetError, Unreachable
from apps.superset.execution.readback import Arrival, Write, await_arrivals
from apps.superset.inventory import Inventory
from apps.superset.messages.message import Message
from apps.superset.protocol import Act, Client, Ledger, Outcome, Reporter
from apps.superset.remote.exports import Exported

PATIENCE = 30.0
"""Seconds that a run waits for the effect of a write whose response never arrived."""

Look = Callable[[Sequence[Key]], tuple[Exported, Inventory]]
Shown = Callable[[Exported, Inventory], Arrival]


@dataclass(slots=True)
class Entry:
    """One request, as recorded in the ledger."""

    act: Act
    keys: tuple[Key, ...]
    outcome: Outcome
    shown: Shown | None = None


class Writer:
    """`look` reads some assets of the target, with its lists; `wanted` are the content hashes that they should have."""

    def __init__(
        self, target: Client, reporter: Reporter, ledger: Ledger, look: Look, *, patience: float = PATIENCE
    ) -> None:
        self.target, self.reporter, self.ledger = target, reporter, ledger
        self.look, self.patience = look, patience
        self.wanted: Mapping[Key, str | None] = {}
        self.before: Mapping[Key, str | None] = {}
        self.unfinished: frozenset[Key] = frozenset()
        self.entries: dict[int, Entry] = {}

    def write(self, act: Act, keys: Sequence[Key], request: Callable[[], None], *, shown: Shown | None = None) -> None:
        """Send it, once. Raises if it was not carried out, or if that is unknown; a lost response is not a failure if
        the target shows that the request was carried out; `shown` tells where its content does not."""
        number = self.ledger.intend(act, keys)
        self.entries[number] = Entry(act, tuple(keys), Outcome.INTENDED, shown)
        try:
            with self.target.fenced(partial(self._leaving, number)):
                request()
        except SupersetError as error:
            if self._settle(number, self._outcome_of(number, error)) is not Outcome.WRITTEN:
                raise
            self.reporter.log(Message("line.answer_lost", assets=counted(keys)).line())
        else:
            self._settle(number, Outcome.WRITTEN)

    def keys_with(self, outcome: Outcome) -> list[Key]:
        return list(dict.fromkeys(self._keys_with(outcome)))

    def _keys_with(self, outcome: Outcome) -> Iterator[Key]:
        for entry in self.entries.values():
            if entry.outcome is outcome:
                yield from entry.keys

    def settle_earlier(self, writes: Sequence[Write]) -> list[tuple[Write, Outcome]]:
        """Wait for what earlier runs have sent; returns the outcome of each."""
        keys = list(dict.fromkeys(key for write in writes for key in write.wanted))
        seen = self._await(writes, keys, 0.0 if all(write.expired for write in writes) else self.patience)
        outcomes = [(write, write.outcome(seen[write.number])) for write in writes]
        for write, outcome in outcomes:
            if outcome is not Outcome.SENT:
                self.ledger.settle(write.number, outcome)
        return outcomes

    def _leaving(self, number: int) -> None:
        """It is sent again only if it was certainly refused before, and counts as refused if that is stopped."""
        if self.entries[number].outcome is Outcome.SENT:
            self._settle(number, Outcome.REFUSED)
        self.ledger.leaving(number)
        self.entries[number].outcome = Outcome.SENT

    def _settle(self, number: int, outcome: Outcome) -> Outcome:
        """A request that was never sent stays as it is; one with unknown outcome stays open."""
        entry = self.entries[number]
        if outcome is not Outcome.SENT and (entry.outcome is Outcome.SENT or outcome is Outcome.WRITTEN):
            self.ledger.settle(number, outcome)
            entry.outcome = outcome
        return entry.outcome

    def _outcome_of(self, number: int, error: SupersetError) -> Outcome:
        """Even a certain refusal is checked against the target once: it may not come from Superset."""
        entry, lost = self.entries[number], isinstance(error, OutcomeUnknown)
        if entry.outcome is not Outcome.SENT or isinstance(error, RateLimited) or _never_arrived(error):
            return Outcome.REFUSED
        reading = Message("line.reading_back", detail=error.message, assets=counted(entry.keys))
        self.reporter.log(reading.line(), level="warning")
        seen = self._await([self._write_of(number)], entry.keys, self.patience if lost else 0.0)[number]
        if seen is Arrival.ARRIVED:
            return Outcome.WRITTEN
        # Any response shows that the server is done with it
        refused = not error.uncertain or (seen is Arrival.ABSENT and not lost)
        return Outcome.REFUSED if refused else Outcome.SENT

    def doubt(self) -> None:
        """The target is not as it should be. A request that succeeded but has left no trace may never have reached it:
        its outcome is unknown."""
        numbers = [number for number, entry in self.entries.items() if entry.outcome is Outcome.WRITTEN]
        imports = [number for number in numbers if self.entries[number].act is Act.IMPORT]
        keys = [key for number in imports for key in self.entries[number].keys]
        seen = self._await([self._write_of(number) for number in imports], keys, 0.0) if imports else {}
        for number, arrival in seen.items():
            if arrival is Arrival.ABSENT:
                self.ledger.settle(number, Outcome.SENT)
                self.entries[number].outcome = Outcome.SENT

    def account_for(self, error: SupersetError) -> None:
        """Add to the error that ends the run what was written and what has an unknown outcome. A run that was cancelled
        during a write ends as cancelled, with what is known about the write."""
        written, unknown = (self.keys_with(each) for each in (Outcome.WRITTEN, Outcome.SENT))
        error.context["written"] = [str(key) for key in written]
        error.context["open"] = [str(key) for key in unknown]
        if unknown:
            self._stop_if_cancelled(error)

    def _stop_if_cancelled(self, error: SupersetError) -> None:
        try:
            self.reporter.check_cancelled()
        except Cancelled as stopped:
            stopped.environment, stopped.context = error.environment, error.context
            stopped.message = Message("error.both", both=(stopped.message, error.message))
            raise stopped from error

    def _write_of(self, number: int) -> Write:
        entry = self.entries[number]
        wanted = {key: None if entry.act is Act.DELETE else self.wanted.get(key) for key in entry.keys}
        before = {key: self.before[key] for key in entry.keys if key in self.before}
        shown = partial(self._shown, entry.shown) if entry.shown else None
        return Write(number, entry.act, wanted, self.unfinished, before, shown=shown)

    def _shown(self, shown: Shown, found: Exported, inventory: Inventory) -> Arrival:
        with self.target.uninterrupted():
            return shown(found, inventory)

    def _await(self, writes: Sequence[Write], keys: Sequence[Key], seconds: float) -> dict[int, Arrival]:
        def look() -> tuple[Exported, Inventory]:
            with self.target.uninterrupted():
                return self.look(keys)

        return await_arrivals(writes, look, self.reporter, seconds=seconds)


def _never_arrived(error: SupersetError) -> bool:
    """No connection was made, so there is nothing to read back."""
    return isinstance(error, Unreachable) and not error.uncertain
