from __future__ import annotations

import pytest

from apps.catalogue.names import Side, find_pair
from apps.core.errors import LockstepError, NotThere
from apps.superset.assets import Key, Kind
from apps.superset.inventory import Entry


def side(environment, *names):
    uuids = (f"{number:08d}-0000-4000-8000-{environment.encode().hex():0<12.12}" for number in range(99))
    entries = [Entry(Key(Kind.DATABASE, next(uuids)), 1, name, {}) for name in names]
    return Side(environment, Kind.DATABASE, tuple(entries))


DEV = side("dev", "examples", "a=b", "My DB", "x=y=z")
PROD = side("prod", "warehouse", "b=c", "MY db", "my db", "z")


def names(text):
    return tuple(entry.name for entry in find_pair(text, DEV, PROD))


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("examples=warehouse", ("examples", "warehouse")),
        (" examples = warehouse ", ("examples", "warehouse")),
        ("EXAMPLES=Warehouse", ("examples", "warehouse")),
        ("a=b=b=c", ("a=b", "b=c")),
        ("x=y=z=z", ("x=y=z", "z")),
        ("My DB=my db", ("My DB", "my db")),
    ],
)
def test_two_names_are_found_even_with_equals_signs_and_spaces(text, pair):
    assert names(text) == pair


def test_a_uuid_is_found_in_any_letter_case():
    first, second = find_pair(f"{DEV.entries[0].key.uuid.upper()}={PROD.entries[0].key.uuid}", DEV, PROD)
    assert (first.name, second.name) == ("examples", "warehouse")


@pytest.mark.parametrize("text", ["examples", "=warehouse", "examples=", "="])
def test_what_is_no_pair_is_refused(text):
    with pytest.raises(LockstepError, match="is not of the form SOURCE=TARGET"):
        names(text)


def test_an_unknown_name_is_reported_with_the_side_it_is_missing_on():
    with pytest.raises(NotThere, match="There is no database “nothing” in dev. dev has “My DB”, “a=b”, “examples”"):
        names("nothing=warehouse")
    with pytest.raises(NotThere, match="There is no database “nothing” in prod. prod has “MY db”"):
        names("examples=nothing")


def test_an_ambiguous_name_is_refused():
    with pytest.raises(LockstepError, match="can be read in 2 ways. Use UUIDs"):
        names("examples=My db")
