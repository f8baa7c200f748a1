"""Bundles are read, or refused with one clear sentence; written ones are always the same bytes."""

from __future__ import annotations

import contextlib
import datetime
import io
import random
import time
import zipfile
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
import yaml

from apps.superset.assets import Kind
from apps.superset.bundle.archive import ArchiveLimits
from apps.superset.bundle.bundle import BundleLimits, read_bundle, write_bundle
from apps.superset.bundle.safe_yaml import YamlLimits, dump_yaml, load_yaml
from apps.superset.errors import BundleInvalid
from apps.superset.tests.builders import CHART, RECORDED, a_chart, a_dashboard, a_database, a_dataset, a_zip, uuid

CHART_YAML = f"slice_name: Revenue\nuuid: {CHART}\nparams: {{}}\n"


def refusal(data: bytes, **kwargs) -> str:
    with pytest.raises(BundleInvalid) as caught:
        read_bundle(data, **kwargs)
    return caught.value.detail


def raw_zip(name: str, content: bytes = b"a: 1", *, attributes: int = 0, compress: int = zipfile.ZIP_STORED) -> bytes:
    """A ZIP with a member of exactly this name, whatever zipfile thinks of it."""
    buffer = io.BytesIO(a_zip({}))
    with ZipFile(buffer, "a", compress) as archive:
        info = ZipInfo("x")
        info.filename, info.external_attr, info.compress_type = name, attributes, compress
        archive.writestr(info, content)
    return buffer.getvalue()


# --- reading ---------------------------------------------------------------------------------------------------------


def test_a_real_export_is_read_whole():
    bundle = read_bundle(RECORDED.read_bytes())
    counts = {kind.value: len(bundle.of_kind(kind)) for kind in Kind}
    assert counts == {"database": 1, "dataset": 20, "chart": 102, "dashboard": 9}
    assert "Sales Dashboard" in {asset.name for asset in bundle}


def test_documents_are_those_that_superset_itself_would_load():
    with ZipFile(RECORDED) as archive:
        texts = [archive.read(name).decode() for name in archive.namelist()]
    assert [load_yaml(text) for text in texts] == [yaml.load(text, yaml.CSafeLoader) for text in texts]


def test_assets_go_by_their_uuid_and_not_by_their_file_name():
    bundle = read_bundle(a_zip({"charts/whatever_99.yaml": CHART_YAML}))
    assert [key.uuid for key in bundle.assets] == [CHART]


def test_an_uppercase_uuid_is_the_same_uuid():
    bundle = read_bundle(a_zip({"charts/a.yaml": "uuid: ABCDEF00-0000-4000-8000-000000000001\n"}))
    assert [key.uuid for key in bundle.assets] == ["abcdef00-0000-4000-8000-000000000001"]


def test_a_query_context_stays_the_string_it_is():
    text = CHART_YAML + "query_context: '{\"queries\": []}'\n"
    (chart,) = read_bundle(a_zip({"charts/a.yaml": text}))
    assert chart.document["query_context"] == '{"queries": []}'


def test_files_that_are_no_assets_are_kept_as_extras():
    bundle = read_bundle(
        a_zip({"tags.yaml": "tags: []", "themes/dark.yaml": "theme_name: dark", "queries/q.yaml": "a: 1"})
    )
    assert sorted(bundle.extras) == ["queries/q.yaml", "tags.yaml", "themes/dark.yaml"]
    assert len(bundle) == 0


def test_files_that_superset_passes_over_are_passed_over():
    junk = {"charts/.hidden.yaml": "{", "charts/_draft.yaml": "{", "README.md": "hello"}
    assert len(read_bundle(a_zip(junk))) == 0
    with_mac_folder = raw_zip("__MACOSX/export/._metadata.yaml", b"\x00")
    assert len(read_bundle(with_mac_folder)) == 0


def test_the_same_file_twice_under_two_names_counts_once():
    assert len(read_bundle(a_zip({"charts/a.yaml": CHART_YAML, "charts/b.yaml": CHART_YAML}))) == 1


def test_yaml_aliases_as_superset_itself_writes_them_are_read():
    text = f"uuid: {CHART}\nparams:\n  a: &id001 [1, 2]\n  b: *id001\n"
    (chart,) = read_bundle(a_zip({"charts/a.yaml": text}))
    assert chart.document["params"] == {"a": [1, 2], "b": [1, 2]}


# --- refusing: the ZIP -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"PK", b"<html>Sign in</html>", b"PK\x03\x04" + b"\x00" * 40])
def test_what_is_no_zip_is_refused(data):
    assert refusal(data) == "this is not a ZIP file that can be read"


def test_the_environment_is_named():
    with pytest.raises(BundleInvalid, match="^dev: this is not a ZIP"):
        read_bundle(b"", environment="dev")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("/etc/passwd.yaml", "has an absolute path"),
        ("C:/x.yaml", "has an absolute path"),
        ("export/../../x.yaml", "has a path that leaves its folder"),
        ("export/./x.yaml", "has a path that leaves its folder"),
        ("export//x.yaml", "has a path that leaves its folder"),
        ("../x.txt", "has a path that leaves its folder"),
        ("export\\charts\\x.yaml", "has a backslash in its path"),
        ("export/a\nb.yaml", "has a control character in its name"),
    ],
)
def test_names_that_lead_elsewhere_are_refused(name, why):
    shown = name.replace("\n", "\\n")
    assert refusal(raw_zip(name)) == f"“{shown}” {why}"


def test_symbolic_links_are_refused():
    data = raw_zip("export/charts/x.yaml", b"/etc/passwd", attributes=0o120777 << 16)
    assert refusal(data) == "“export/charts/x.yaml” is a link or a special file"


def test_encrypted_members_are_refused():
    data = bytearray(raw_zip("export/charts/x.yaml"))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    assert refusal(bytes(data)) == "“export/charts/x.yaml” is encrypted"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_comes_twice_is_refused():
    assert refusal(raw_zip("export/metadata.yaml")) == "“export/metadata.yaml” is in the ZIP twice"


def test_too_many_files_are_refused():
    files = {f"charts/{number}.yaml": "a: 1" for number in range(5)}
    limits = BundleLimits(archive=ArchiveLimits(files=3))
    assert refusal(a_zip(files), limits=limits) == "the ZIP holds more than 3 files"


def test_a_file_that_is_too_large_is_refused_while_it_is_unpacked():
    limits = BundleLimits(archive=ArchiveLimits(file_bytes=1024 * 1024))
    data = raw_zip("export/charts/x.yaml", b"a" * (1024 * 1024 + 1))
    assert refusal(data, limits=limits) == "“export/charts/x.yaml” is larger than 1 MB"


def test_a_zip_bomb_is_refused_while_it_is_unpacked():
    bomb = raw_zip("export/charts/x.yaml", b" " * 15_000_000, compress=ZIP_DEFLATED)
    assert len(bomb) < 20_000
    assert refusal(bomb) == "“export/charts/x.yaml” unpacks to far more than a bundle can hold"


def test_a_zip_bomb_of_many_small_files_is_refused():
    buffer = io.BytesIO(a_zip({}))
    with ZipFile(buffer, "a", ZIP_DEFLATED) as archive:
        for number in range(40):
            archive.writestr(f"export/charts/{number}.yaml", b" " * 900_000)
    assert "unpacks to far more" in refusal(buffer.getvalue())


def test_a_size_in_the_header_that_lies_changes_nothing():
    data = bytearray(raw_zip("export/charts/x.yaml", b" " * 3_000_000, compress=ZIP_DEFLATED))
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (10).to_bytes(4, "little")  # uncompressed size, as claimed
    assert refusal(bytes(data)) == "“export/charts/x.yaml” is damaged"


def test_a_damaged_member_is_named():
    data = raw_zip("export/charts/x.yaml", CHART_YAML.encode())
    assert refusal(data.replace(b"Revenue", b"Revenuf")) == "“export/charts/x.yaml” is damaged"


def test_a_damaged_zip_never_raises_anything_else():
    whole = a_zip({"charts/a.yaml": CHART_YAML})
    dice = random.Random(7)
    for _ in range(300):
        broken = bytearray(whole[: dice.randrange(1, len(whole))] if dice.random() < 0.3 else whole)
        for _ in range(dice.randrange(1, 4)):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        with contextlib.suppress(BundleInvalid):
            read_bundle(bytes(broken))


# --- refusing: what a bundle must hold -------------------------------------------------------------------------------


def test_a_zip_without_yaml_is_refused():
    assert refusal(a_zip({"a.txt": "x"}, metadata=None)) == "the ZIP holds no YAML file"


def test_files_without_a_root_folder_are_refused():
    assert "one root folder" in refusal(a_zip({"charts/a.yaml": CHART_YAML}, root=""))


def test_two_root_folders_are_refused():
    assert "2 folders at its top" in refusal(raw_zip("other/charts/a.yaml"))


def test_a_zip_without_metadata_is_refused():
    assert "no metadata.yaml" in refusal(a_zip({"charts/a.yaml": CHART_YAML}, metadata=None))


@pytest.mark.parametrize("metadata", ["version: 2.0.0", "type: Dashboard", "version: 1"])
def test_another_version_of_the_format_is_refused(metadata):
    assert "but only 1.0.0 is known" in refusal(a_zip({}, metadata=metadata))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: [1, 2", "is not valid YAML (line 2: did not find expected ',' or ']')"),
        ("a: 1\n\tb: 2", "is not valid YAML (line 2: found "),
        ("- 1\n- 2", "is not a mapping of names to values"),
        ("", "is not a mapping of names to values"),
        (b"a: \xff\xfe", "is not text in UTF-8"),
        ("a: !!python/object:os.system x", "is not valid YAML"),
        ("a: *nowhere", "is not valid YAML"),
        ("a: 2020-13-45", "holds a value that YAML does not allow (month must be in 1..12)"),
        ("a: !!int ''", "holds a value that YAML does not allow"),
        ("{[1]: 2}", "is not valid YAML"),
        ("name: no uuid", "has no uuid"),
        ("uuid: 12", "has no uuid"),
        ("uuid: not-a-uuid", "has “not-a-uuid” where its uuid should be"),
    ],
)
def test_a_file_that_is_no_asset_is_refused_by_name(text, why):
    assert refusal(a_zip({"charts/a.yaml": text})).startswith(f"“charts/a.yaml” {why}")


def test_the_same_uuid_with_other_content_is_refused():
    other = CHART_YAML.replace("Revenue", "Other")
    assert "“charts/b.yaml” is another chart with the uuid" in refusal(
        a_zip({"charts/a.yaml": CHART_YAML, "charts/b.yaml": other})
    )


# --- refusing: YAML that would eat the machine -----------------------------------------------------------------------


def billion_laughs() -> str:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    return "\n".join(lines)


def test_an_alias_bomb_is_refused_before_it_grows():
    started = time.process_time()
    assert (
        refusal(a_zip({"charts/a.yaml": billion_laughs()})) == "“charts/a.yaml” would grow to more than 500000 values"
    )
    assert time.process_time() - started < 1


def test_too_many_aliases_are_refused():
    text = "a: &a 1\nb: [" + ", ".join(["*a"] * 1001) + "]"
    assert refusal(a_zip({"charts/a.yaml": text})) == "“charts/a.yaml” uses more than 1000 aliases"


def test_a_document_that_contains_itself_is_refused():
    assert refusal(a_zip({"charts/a.yaml": "a: &a [1, *a]"})) == (
        "“charts/a.yaml” contains itself through the alias “a”"
    )


@pytest.mark.parametrize("text", ["a: " + "[" * 300_000, "a: " + "{x: " * 300_000, "- " * 300_000])
def test_deep_nesting_is_refused_and_does_not_take_the_process_down(text):
    assert refusal(a_zip({"charts/a.yaml": text})) == "“charts/a.yaml” is nested more than 100 levels deep"


def test_too_many_values_are_refused():
    limits = BundleLimits(yaml=YamlLimits(nodes=100))
    assert "more than 100 values" in refusal(a_zip({"charts/a.yaml": "a: [" + "1, " * 200 + "1]"}), limits=limits)


# --- writing ---------------------------------------------------------------------------------------------------------

ASSETS = [a_dashboard("Продажи"), a_chart("Revenue / EU"), a_dataset(), a_database()]


def test_what_is_written_reads_back_the_same():
    bundle = read_bundle(write_bundle(ASSETS))
    assert {key: asset.document for key, asset in bundle.assets.items()} == {a.key: a.document for a in ASSETS}


def test_a_real_export_survives_writing_and_reading():
    before = read_bundle(RECORDED.read_bytes())
    after = read_bundle(write_bundle(before))
    assert {key: a.document for key, a in after.assets.items()} == {key: a.document for key, a in before.assets.items()}


def test_the_same_assets_in_any_order_give_the_same_bytes():
    assert write_bundle(ASSETS) == write_bundle(reversed(ASSETS))


def test_shared_values_are_written_out_so_that_bytes_do_not_depend_on_identity():
    shared = {"a": 1}
    assert write_bundle([a_chart(params={"x": shared, "y": shared})]) == write_bundle(
        [a_chart(params={"x": {"a": 1}, "y": {"a": 1}})]
    )


def test_file_names_hold_a_slug_and_the_uuid_below_the_root():
    with ZipFile(io.BytesIO(write_bundle(ASSETS, root="plan"))) as archive:
        assert archive.namelist() == [
            f"plan/charts/Revenue_EU_{uuid(3)}.yaml",
            f"plan/dashboards/{uuid(4)}.yaml",
            f"plan/databases/examples_{uuid(1)}.yaml",
            f"plan/datasets/examples/sales_{uuid(2)}.yaml",
            "plan/metadata.yaml",
        ]


def test_metadata_says_what_the_endpoint_expects():
    with ZipFile(io.BytesIO(write_bundle([], type="Dashboard"))) as archive:
        metadata = yaml.safe_load(archive.read("lockstep/metadata.yaml"))
    assert metadata == {"version": "1.0.0", "type": "Dashboard", "timestamp": "1980-01-01T00:00:00+00:00"}


def test_keys_keep_the_order_of_the_document():
    assert dump_yaml({"z": 1, "a": {"y": 1, "b": 2}}) == "z: 1\na:\n  y: 1\n  b: 2\n"


@pytest.mark.parametrize(
    "value",
    [
        datetime.date(2020, 1, 1),
        datetime.datetime(2020, 1, 1, 12, 30),  # noqa: DTZ001 (YAML has times without a zone)
        "2020-01-01",
        "yes",
        "null",
        "1e3",
        "0777",
        "1:30",
        "",
        " leading and trailing ",
        "Привет 🚗 \u2028 \x85 \ufeff",
        "tab\tnew\nline\r\nend\n\n",
        "# not a comment: {{ jinja }} *a &b !c",
        1.5,
        10**20,
        -0.0,
        None,
        True,
    ],
)
def test_awkward_values_come_back_as_they_were(value):
    again = load_yaml(dump_yaml({"value": value}))["value"]
    assert (again, type(again)) == (value, type(value))


def test_an_unquoted_date_is_what_superset_takes_it_for():
    (chart,) = read_bundle(a_zip({"charts/a.yaml": CHART_YAML + "description: 2020-01-01\n"}))
    assert chart.document["description"] == yaml.safe_load("2020-01-01")
    (again,) = read_bundle(write_bundle([chart]))
    assert again.document == chart.document


@pytest.mark.parametrize(
    "name", ["export/charts/more.zip", "export/more.ZIP", "export/charts/_hidden", "export/x.yaml"]
)
def test_a_zip_within_the_zip_is_refused_and_not_passed_over(name):
    reason = refusal(raw_zip(name, a_zip({"charts/a.yaml": "a: 1"})))
    assert reason == f"“{name}” is an archive inside the ZIP: unpack it and add its contents instead"


def test_a_folder_in_another_case_is_refused_since_superset_would_pass_over_it():
    with pytest.raises(BundleInvalid, match="lies in “Charts”, but the folder is called “charts”"):
        read_bundle(a_zip({"Charts/a.yaml": f"uuid: {CHART}"}))
