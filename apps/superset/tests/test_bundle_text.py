"""Text in bundles that no database takes, and names that would be more than a line."""

from __future__ import annotations

import pytest

from apps.superset.assets import Key, Kind
from apps.superset.bundle.bundle import read_bundle, write_bundle
from apps.superset.tests.builders import CHART, a_chart, a_zip


@pytest.mark.parametrize(
    ("spelt", "shown"),
    [('"a\\0b"', "a\\x00b"), ('"a\\x00b"', "a\\x00b"), ('"a\\uD800b"', "a\\ud800b"), ('"a\\U0000DC00b"', "a\\udc00b")],
)
def test_text_that_no_database_takes_is_read_as_visible_escapes_and_remembered(spelt, shown):
    content = f"slice_name: {spelt}\nuuid: {CHART}\nparams: {{markdown: {spelt}, '{chr(92)}ud800': fine}}\n"
    asset = read_bundle(a_zip({"charts/a.yaml": content})).assets[Key(Kind.CHART, CHART)]
    assert asset.name == shown
    assert asset.document["params"] == {"markdown": shown, "\\ud800": "fine"}
    assert asset.escaped == ("slice_name", "params.markdown")


def test_text_that_only_looks_like_an_escape_stays_as_it_is():
    content = f"slice_name: 'a\\0\\ud800'\nuuid: {CHART}\n"
    asset = read_bundle(a_zip({"charts/a.yaml": content})).assets[Key(Kind.CHART, CHART)]
    assert (asset.document["slice_name"], asset.escaped) == ("a\\0\\ud800", ())


def test_the_name_of_an_asset_is_of_one_line_and_its_document_as_it_came():
    title = "a\nApproved \u202eby\x1b[2J"
    asset = read_bundle(write_bundle([a_chart(title)])).assets[Key(Kind.CHART, CHART)]
    assert asset.name == "a\\nApproved \\u202eby\\x1b[2J"
    assert asset.document["slice_name"] == title
