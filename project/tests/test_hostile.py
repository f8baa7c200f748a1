"""How `make hostile` judges: what counts as a claim, as false, as clearly refused; and its gateway."""

from __future__ import annotations

import http.client
import io
import itertools
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from rig.hostile import attacks
from rig.hostile.__main__ import main
from rig.hostile.forgeries.bundles import FORGERIES
from rig.hostile.forgeries.texts import raw_text
from rig.hostile.gateway import actions
from rig.hostile.gateway.exchange import Response
from rig.hostile.gateway.gateway import Gateway
from rig.hostile.gateway.rules import Act
from rig.hostile.judge.claims import Claim, claims
from rig.hostile.judge.result import CommandResult
from rig.hostile.judge.table import COLUMNS, Judgement, as_markdown, counted, table
from rig.hostile.judge.verdict import Finding, Kind, TargetState, ended, judged
from rig.hostile.registry import ATTACKS, FAMILIES, MODULES

APPLIED = "Applied migration 2 on “prod”: 12 written, verified by reading back, 1.0 s."
UNDONE = "Rolled back migration 2 on “prod”: 12 removed, verified by reading back, 1.0 s."
REFUSED = "prod: the bundle was refused: no. See the server's words."
CHANGED = TargetState(from_before=("chart “A” is there",), from_plan=("chart b differs",))
AS_PLANNED = TargetState(from_before=("chart “A” is there",))
UNTOUCHED = TargetState(from_plan=("chart “A” is not there",))


def apply(code, out="", err=""):
    return CommandResult(("migration", "apply", "2", "--yes"), code, out, err)


def undo(code, out="", err=""):
    return CommandResult(("migration", "rollback", "2", "--yes"), code, out, err)


def kinds(result, target_state):
    return [finding.kind for finding in judged(result, target_state)]


# --- claims


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (apply(0, APPLIED), {Claim.APPLIED}),
        (undo(0, UNDONE), {Claim.ROLLED_BACK}),
        (undo(0, "", "  1.0 s  done: 0 written, 12 removed, verified\n"), set()),
        (apply(0, "", "  1.0 s  done: 12 written, 0 removed, verified\n"), {Claim.APPLIED}),
        (undo(0, "Nothing to do: Migration 2 has already been rolled back."), {Claim.ROLLED_BACK}),
        (apply(1, "", f"{REFUSED} Nothing was written."), {Claim.NOTHING_WRITTEN}),
        (apply(1, "", f"{REFUSED} 13 assets were written: see."), {Claim.SOMETHING_WRITTEN}),
        (apply(1, "", f"{REFUSED} 0 assets were written."), set()),
        (apply(1, "", "prod: whether it was written is not known."), {Claim.OPEN}),
    ],
)
def test_output_is_read_as_the_claims_it_makes(result, expected):
    assert claims(result) == expected


# --- false claims


@pytest.mark.parametrize(
    ("result", "target_state"),
    [
        (apply(0, APPLIED), AS_PLANNED),
        (undo(0, UNDONE), UNTOUCHED),
        (apply(1, "", f"{REFUSED} Nothing was written."), UNTOUCHED),
        (apply(1, "", f"{REFUSED} 13 assets were written."), CHANGED),
        (apply(1, "", "prod: the outcome is open."), CHANGED),
        (undo(1, "", f"{REFUSED} Nothing was written."), CHANGED),
    ],
)
def test_a_true_claim_is_no_finding(result, target_state):
    assert kinds(result, target_state) == []


@pytest.mark.parametrize(
    ("result", "target_state"),
    [
        (apply(0, APPLIED), CHANGED),
        (apply(0, APPLIED), TargetState(outside_plan=("chart “A” has other owners",))),
        (undo(0, UNDONE), CHANGED),
        (undo(0, "Nothing to do: Migration 2 has already been rolled back."), CHANGED),
        (apply(1, "", "Nothing was written."), CHANGED),
        (apply(1, "", "13 assets were written."), UNTOUCHED),
        (apply(1, "", "Nothing was written. 13 assets were written."), CHANGED),
    ],
)
def test_an_untrue_claim_is_a_false_claim(result, target_state):
    assert kinds(result, target_state) == [Kind.FALSE]


@pytest.mark.parametrize(
    ("status", "target_state", "expected"),
    [
        ("succeeded", AS_PLANNED, []),
        ("succeeded", CHANGED, [Kind.FALSE]),
        ("rolled back", UNTOUCHED, []),
        ("rolled back", CHANGED, [Kind.FALSE]),
        ("planned", UNTOUCHED, []),
        ("planned", CHANGED, [Kind.BETWEEN]),
        ("interrupted", CHANGED, []),
    ],
)
def test_a_status_is_held_against_the_target(status, target_state, expected):
    assert [finding.kind for finding in ended(status, target_state)] == expected


def test_lost_work_of_others_is_a_finding_for_any_output():
    assert kinds(undo(1, "", REFUSED), TargetState(lost=("chart a, somebody's work, is gone",))) == [Kind.LOST]


# --- clear refusals


@pytest.mark.parametrize(
    "result",
    [
        apply(None),
        apply(1),
        apply(3, "", "odd"),
        apply(-9, "", "odd"),
        apply(1, "", "Traceback (most recent call last):\n  …\nKeyError: 'a'"),
        apply(1, "", "AttributeError: 'str' object has no attribute 'items'"),
        apply(1, "", "x" * 6000),
    ],
)
def test_a_crash_a_hang_or_silence_is_a_fault(result):
    assert Kind.FAULT in kinds(result, UNTOUCHED)


def test_a_refusal_in_one_sentence_is_clear():
    result = apply(1, "", f"   1.0 s  sending 13 assets\n{REFUSED}\n")
    assert result.refused
    assert result.last == REFUSED


# --- the table


def judgement(*found, **options):
    return Judgement("undo", "a name", "A1", tuple(Finding(kind, "so") for kind in found), **options)


def test_each_attack_counts_once_in_each_of_its_columns():
    row = counted(
        [
            judgement(),
            judgement(refused=True),
            judgement(Kind.FALSE, Kind.FALSE, Kind.LOST),
            judgement(Kind.FAULT, refused=True),
            judgement(skipped="takes the rights of root"),
        ]
    )
    assert row == {
        "tried": 4,
        "withstood": 1,
        "refused clearly": 1,
        "lost": 1,
        "doubled": 0,
        "between": 0,
        "false claims": 1,
        "faults": 1,
        "skipped": 1,
    }


def test_the_table_has_a_row_for_each_family_and_one_for_all():
    rows = table([judgement(), Judgement("audit", "b", "D2", (Finding(Kind.FALSE, "so"),))])
    assert [row[0] for row in rows] == ["family", "audit", "undo", "all"]
    assert rows[-1][1 + COLUMNS.index("tried")] == "2"
    assert len({line.count("|") for line in as_markdown(rows).splitlines()}) == 1


# --- the attacks themselves


def test_every_entry_on_writing_text_servers_and_the_web_has_an_attack():
    entries = {each.entry for each in ATTACKS}
    asked = {"A1", "A1b", "A1c", *(f"A{number}" for number in range(2, 10)), "A8b"}
    asked |= {f"C{number}" for number in range(1, 6)}
    asked |= {"D1", "D1b", *(f"D{number}" for number in (2, 3, 4, 5, 6, 7, 8, 9, 10, 12))}
    assert asked <= entries


def test_every_module_of_attacks_is_registered():
    folder = Path(attacks.__path__[0])
    names = {".".join(path.relative_to(folder).with_suffix("").parts) for path in folder.rglob("*.py")}
    registered = {module.__name__.removeprefix("rig.hostile.attacks.") for module in MODULES}
    assert {name for name in names if not name.endswith("__init__")} == registered


def test_no_two_attacks_have_one_name():
    names = [(each.family, each.name) for each in ATTACKS]
    assert len(set(names)) == len(names)


def test_every_family_has_attacks_in_the_fixed_part():
    assert {each.family for each in ATTACKS if each.ci} == set(FAMILIES)


def listed(monkeypatch, capsys, *words: str) -> list[str]:
    monkeypatch.setattr("sys.argv", ["hostile", "--family", "interruptions", "--list", *words])
    assert main() == 0
    return capsys.readouterr().out.splitlines()[:-1]


def test_the_shards_together_are_all_attacks(monkeypatch, capsys):
    shards = [listed(monkeypatch, capsys, "--shard", f"{number}/4") for number in range(1, 5)]
    assert sorted(itertools.chain(*shards)) == sorted(listed(monkeypatch, capsys))
    assert max(map(len, shards)) - min(map(len, shards)) <= 1


@pytest.mark.parametrize("text", ["0/4", "5/4", "1", "1/0", "a/b", "-1/4"])
def test_what_is_no_shard_is_refused(monkeypatch, capsys, text):
    with pytest.raises(SystemExit):
        listed(monkeypatch, capsys, f"--shard={text}")
    assert "1/4" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("printed", "spoiled"),
    [
        ("dashboard “Sales”\n  + chart\n", 0),
        ("dashboard “Sales\\nFORGED-LINE”\n", 0),
        ("Sales\nFORGED-LINE nothing\n", 1),
        ("Sales\x1b[2J", 1),
        ("Sales\u202egnp", 1),
        ("Sales\rFORGED", 1),
    ],
)
def test_raw_control_characters_in_output_are_found(printed, spoiled):
    assert len(raw_text(printed)) == spoiled


@pytest.mark.parametrize("name", FORGERIES)
def test_every_forged_export_differs_from_the_real_one(name):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("e/metadata.yaml", "version: 1.0.0\ntype: Dashboard\n")
        archive.writestr("e/charts/a.yaml", "slice_name: A\nuuid: u\nviz_type: pie\nparams: {}\n")
        archive.writestr("e/datasets/d/t.yaml", "table_name: T\nuuid: d\n")
        archive.writestr("e/databases/d.yaml", "database_name: D\nuuid: b\n")
        archive.writestr("e/dashboards/d.yaml", "dashboard_title: D\nuuid: s\nmetadata: {}\nposition: {}\n")
    assert FORGERIES[name](out.getvalue()) != out.getvalue()


# --- the gateway


class _Echo(BaseHTTPRequestHandler):
    received: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        body = json.dumps({"count": 1}).encode()
        self.received.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def before() -> Iterator[Gateway]:
    _Echo.received = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    made = Gateway(f"http://127.0.0.1:{server.server_port}")
    yield made
    made.close()
    server.shutdown()
    server.server_close()


def ask(before: Gateway, method: str = "POST", path: str = "/import/") -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", before.server.server_port, timeout=5)) as connection:
        connection.request(method, path, b"x" if method == "POST" else None)
        response = connection.getresponse()
        return response.status, response.read()


def test_without_a_rule_the_gateway_hands_on(before: Gateway):
    assert ask(before) == (200, b'{"count": 1}')
    assert [write.status for write in before.succeeded] == [200]


def test_a_refused_request_never_reaches_the_server(before: Gateway):
    before.rule("POST", "/import/", actions.refuse(422))
    assert ask(before)[0] == 422
    assert _Echo.received == []
    assert ask(before)[0] == 200  # one request, one rule


def test_a_rule_can_let_the_first_requests_pass(before: Gateway):
    before.rule("POST", "/import/", actions.refuse(422), skip=1)
    assert [ask(before)[0] for _ in range(3)] == [200, 422, 200]


def test_a_delayed_request_arrives_when_the_gate_opens(before: Gateway):
    before.rule("POST", "/import/", actions.respond_then_commit(Response(504), before.gate()))
    assert ask(before)[0] == 504
    assert _Echo.received == []
    before.settle()
    assert _Echo.received == ["/import/"]


@pytest.mark.parametrize(("act", "received"), [(actions.drop, []), (actions.commit_then_drop, ["/import/"])])
def test_a_dropped_response_reaches_nobody(before: Gateway, act: Act, received: list[str]):
    before.rule("POST", "/import/", act)
    with pytest.raises((http.client.HTTPException, OSError)):
        ask(before)
    assert _Echo.received == received


def test_a_broken_rule_is_recorded(before: Gateway):
    before.rule("GET", "/", actions.rewrite_json(lambda page: page["no such key"]))
    with pytest.raises((http.client.HTTPException, OSError)):
        ask(before, "GET", "/")
    assert "no such key" in before.broken[0]
