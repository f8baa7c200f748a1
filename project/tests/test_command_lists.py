"""The filters of each list, and what a removal says before it is done."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.catalogue.models import AssetKind, AssetPairing, CatalogueAsset, DatabaseMapping
from apps.environments.models import Environment
from apps.environments.tests.factories import make_environment
from apps.freezes.models import FreezeWindow
from apps.migrations.models import Migration, RunState
from apps.migrations.services.approval import submit
from apps.migrations.status import Status
from apps.schedules.models import Schedule, ScheduledRun, ScheduledRunState
from apps.tasks.models import Task, TaskLine, TaskState
from apps.users.models import ApiToken, User
from apps.users.services.grants import get_role, grant_role
from apps.users.services.tokens import create_token

DRY_RUN = "This is a dry run. Pass --yes to go on.\n"


@pytest.fixture
def rows(manage):
    """What a list has, read as JSON."""

    def read(*words):
        code, said, told = manage(*words, "--limit", 0, "--format", "json")
        assert code == 0, told
        return json.loads(said)

    return read


@pytest.fixture
def sides(author):
    return make_environment("dev", tier="dev"), make_environment("prod", tier="prod", protected=True)


@pytest.fixture
def tasks(author, viewer, sides):
    dev, prod = sides
    of = {"plugin": "catalogue", "action": "sync", "actor": author}
    return [
        Task.objects.create(**of, environment=dev, environment_name="dev", state=TaskState.SUCCEEDED),
        Task.objects.create(**of, environment=prod, environment_name="prod", state=TaskState.AWAITING_INPUT),
        Task.objects.create(
            **{**of, "plugin": "migrations", "action": "plan", "actor": viewer}, environment_name="gone", state="lost"
        ),
    ]


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        ((), [2, 1, 0]),
        (("--state", "awaiting input"), [1]),
        (("--state", "awaiting_input", "--state", "lost"), [2, 1]),
        (("--environment", "DEV"), [0]),
        (("--environment", "gone"), [2]),
        (("--plugin", "migrations"), [2]),
        (("--action", "sync"), [1, 0]),
        (("--action", "migrations.plan"), [2]),
        (("--by", "viewer"), [2]),
        (("--search", "sync prod"), [1]),
        (("--since", "1h"), [2, 1, 0]),
        (("--until", "1h"), []),
    ],
)
def test_tasks_are_chosen(rows, tasks, words, chosen):
    assert [row["id"] for row in rows("task", "list", *words)] == [tasks[index].pk for index in chosen]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--state", "done"), "“done” is not allowed here. Choose from queued, running, awaiting input, succeeded"),
        (("--environment", "nowhere"), "“nowhere”"),
        (("--plugin", "nothing"), "There is no plugin “nothing”. Choose from catalogue, "),
        (("--action", "nothing"), "There is no action “nothing”. Choose from catalogue.check, "),
        (("--plugin", "catalogue", "--action", "plan"), "There is no action “plan”. Choose from catalogue."),
    ],
)
def test_a_filter_with_a_bad_value_names_the_allowed_ones(manage, tasks, words, sentence):
    code, said, told = manage("task", "list", *words)
    assert (code, said) == (1, "")
    assert sentence in told


def test_the_table_of_tasks_has_the_words_of_the_admin(manage, tasks):
    assert "awaiting input" in manage("task", "list")[1]
    assert "awaiting input" in manage("task", "show", tasks[1].pk)[1]


def test_the_last_lines_of_a_task_are_shown_in_order(manage, tasks):
    made = [TaskLine(task=tasks[0], seq=seq, text=f"line {seq}") for seq in range(1, 41)]
    TaskLine.objects.bulk_create(made)
    assert len(manage("task", "lines", tasks[0].pk)[1].splitlines()) == 40
    said = manage("task", "lines", tasks[0].pk, "--limit", 2)[1].splitlines()
    assert [line.split()[-1] for line in said[:2]] == ["39", "40"]
    assert said[-1].startswith("Showing 2 of 40.")
    assert len(manage("task", "lines", tasks[0].pk, "--search", "line 40")[1].splitlines()) == 1


def test_migrations_are_chosen(rows, author, viewer, sides):
    dev, prod = sides
    facts = {"selection": {"names": ["1"], "everything": False}}
    first = Migration.objects.create(source=dev, target=prod, author=author, title="Births", state="planned", **facts)
    second = Migration.objects.create(source=prod, target=dev, author=viewer, title="Sales", state="rejected", **facts)

    def chosen(*words):
        return [row["id"] for row in rows("migration", "list", *words)]

    assert chosen() == [second.pk, first.pk]
    assert chosen("--state", "planned") == chosen("--source", "dev") == chosen("--by", "author") == [first.pk]
    assert chosen("--target", "dev") == chosen("--search", "sal") == [second.pk]
    assert chosen("--state", "planned", "--state", "rejected", "--since", "1d") == [second.pk, first.pk]
    assert chosen("--until", "1d") == []
    assert chosen("--mine") == chosen("--mine", "--as", "author") == [first.pk]


def test_migrations_are_chosen_by_asset_and_by_who_decides(rows, manage, author, world):
    number = world.migration.pk
    uuid = world.migration.plans.get().assets.get(kind="dashboard").uuid
    judge = User.objects.create_user("judge")
    grant_role(actor=author, user=judge, role=get_role("approver"))

    def chosen(*words):
        return [row["id"] for row in rows("migration", "list", *words)]

    assert (chosen("--asset", str(uuid)), chosen("--asset", str(UUID(int=7)))) == ([number], [])
    assert chosen("--awaiting-me", "--as", "judge") == []
    submit(actor=author, migration=world.migration)
    assert chosen("--awaiting-me", "--as", "judge") == [number]
    assert chosen("--awaiting-me", "--as", "author") == chosen("--mine", "--as", "judge") == []
    assert "“births” is not a UUID" in manage("migration", "list", "--asset", "births")[2]


def test_environments_are_chosen(rows, sides):
    def chosen(*words):
        return [row["name"] for row in rows("environment", "list", *words)]

    Environment.objects.filter(name="prod").update(enabled=False)
    assert chosen("--tier", "dev") == chosen("--no-protected") == ["dev"]
    assert chosen("--protected") == chosen("--state", "disabled") == chosen("--search", "PRO") == ["prod"]


def test_accounts_and_tokens_are_chosen(rows, author, viewer):
    grant_role(actor=author, user=viewer, role=get_role("analyst"))
    create_token(user=viewer, name="ci", days=1)
    assert [row["username"] for row in rows("user", "list", "--role", "analyst")] == ["viewer"]
    assert rows("user", "list", "--state", "inactive") == []
    assert [row["name"] for row in rows("token", "list", "--by", "viewer", "--state", "valid")] == ["ci"]
    assert rows("token", "list", "--scope", "act") == rows("token", "list", "--by", "author") == []


@pytest.fixture
def schedule(author, sides):
    return Schedule.objects.create(
        name="often", plugin="catalogue", action="sync", environment=sides[0], cron="0 * * * *", actor=author
    )


def test_schedules_and_their_runs_are_chosen(rows, manage, schedule):
    for state in (ScheduledRunState.MISSED, ScheduledRunState.REFUSED):
        ScheduledRun.objects.create(schedule=schedule, state=state, slot=timezone.now(), reason=f"because {state}")
    for words in (("--state", "active"), ("--environment", "dev"), ("--action", "catalogue.sync"), ("--by", "author")):
        assert [row["name"] for row in rows("schedule", "list", *words)] == ["often"]
    assert rows("schedule", "list", "--state", "paused") == rows("schedule", "list", "--search", "x") == []
    assert [row["state"] for row in rows("schedule", "runs", "often")] == ["refused", "missed"]
    assert [row["state"] for row in rows("schedule", "runs", "often", "--state", "missed")] == ["missed"]
    assert "because refused" in manage("schedule", "runs", "often")[1]


def test_freeze_windows_are_chosen(rows, author, sides):
    now = timezone.now()
    facts = {"created_by": author, "starts": now}
    hour = timedelta(hours=1)
    over = FreezeWindow.objects.create(
        reason="past", environment=sides[0], **{**facts, "starts": now - 2 * hour}, ends=now - hour
    )
    lasts = FreezeWindow.objects.create(reason="now", tier="prod", **facts, ends=now + hour)

    def chosen(*words):
        return [row["id"] for row in rows("freeze", "list", *words)]

    assert chosen() == [lasts.pk, over.pk]
    assert chosen("--state", "over") == chosen("--environment", "dev") == chosen("--search", "past") == [over.pk]
    assert chosen("--tier", "prod") == chosen("--state", "lasts") == [lasts.pk]


@pytest.fixture
def pairs(author, sides):
    dev, prod = sides
    ids = [f"00000000-0000-0000-0000-00000000000{number}" for number in range(4)]
    between = {"source": dev, "target": prod, "confirmed_by": author}
    DatabaseMapping.objects.create(
        source_uuid=ids[0], source_name="lake", target_uuid=ids[1], target_name="sea", **between
    )
    AssetPairing.objects.create(
        kind="chart", source_uuid=ids[2], source_name="sales", target_uuid=ids[3], target_name="Sales", **between
    )


def test_mappings_and_pairings_are_chosen(rows, manage, pairs):
    def chosen(*words):
        return [row["source"]["name"] for row in rows("mapping", "list", "dev", "prod", *words)]

    assert chosen() == ["lake", "sales"]
    assert chosen("--kind", "database") == chosen("--search", "SEA") == ["lake"]
    assert chosen("--kind", "chart", "--by", "author", "--since", "1h") == ["sales"]
    assert manage("mapping", "list", "dev", "prod", "--kind", "dataset")[1] == "None matches.\n"
    assert manage("mapping", "list", "prod", "dev")[1].startswith("Nothing is mapped from “prod” to “dev” yet.")


def test_assets_of_the_catalogue_are_chosen(manage, sides):
    for number in range(35):
        uuid = f"00000000-0000-0000-0000-0000000000{number:02}"
        state = "draft" if number else "published"
        CatalogueAsset.objects.create(
            environment=sides[0],
            kind=AssetKind.DASHBOARD,
            uuid=uuid,
            asset_id=number,
            name=f"Board {number:02}",
            status=state,
            seen_at=timezone.now(),
        )
    said = manage("catalogue", "show", "dev")[1]
    assert "Board 29" in said
    assert "Board 30" not in said
    assert said.endswith("Showing 30 of 35. Use --limit to see more, --limit 0 to see all.\n")
    said = manage("catalogue", "show", "dev", "--state", "published")[1]
    assert ("Board 00" in said, "Board 01" in said) == (True, False)
    assert "Board 07" in manage("catalogue", "show", "dev", "--search", "board 07")[1]


def test_one_word_says_that_it_went_well():
    assert {Status.SUCCEEDED.value, RunState.SUCCEEDED.value, TaskState.SUCCEEDED.label} == {"succeeded"}


class TestADryRun:
    """It says what would go, changes nothing, and ends with 2; with --yes it is done."""

    @pytest.fixture
    def check(self, manage):
        def check(rows, words, *parts):
            before, audited = rows.count(), AuditEntry.objects.count()
            code, said, _ = manage(*words)
            assert (code, said.endswith(DRY_RUN)) == (2, True), said
            assert [part for part in parts if part not in said] == []
            assert (rows.count(), AuditEntry.objects.count()) == (before, audited)
            assert manage(*words, "--yes")[0] == 0
            assert (rows.count(), AuditEntry.objects.count()) == (before - 1, audited + 1)

        return check

    def test_of_the_removal_of_an_environment_counts_what_hangs_on_it(self, check, pairs):
        Environment.objects.filter(name="prod").update(protected=False)
        parts = ("Would remove the environment “prod”", "1 database mapping", "1 pairing", "cannot be undone")
        check(Environment.objects.all(), ("environment", "remove", "prod"), *parts)

    def test_of_a_removal_that_is_refused_is_refused_in_the_same_way(self, manage, schedule):
        dry, real = (manage("environment", "remove", "dev", *words) for words in ((), ("--yes",)))
        assert dry == real
        assert (dry[0], "often" in dry[2]) == (1, True)

    def test_of_the_removal_of_a_schedule_names_its_action(self, check, schedule):
        parts = ("Would remove the schedule “often” (catalogue.sync, 0 * * * * UTC)", "Its tasks stay")
        check(Schedule.objects.all(), ("schedule", "remove", "often"), *parts)

    def test_of_the_removal_of_a_freeze_window_names_place_and_time(self, check, author):
        now = timezone.now()
        window = FreezeWindow.objects.create(reason="Quarter end", created_by=author, starts=now, ends=now)
        check(FreezeWindow.objects.all(), ("freeze", "remove", window.pk), "Quarter end", str(window.when))

    def test_of_the_removal_of_a_mapping_names_both_databases(self, check, pairs):
        check(DatabaseMapping.objects.all(), ("mapping", "remove", "dev", "prod", "lake"), "lake", "sea")

    def test_of_the_removal_of_a_pairing_names_both_assets(self, check, pairs):
        check(AssetPairing.objects.all(), ("mapping", "unpair", "dev", "prod", "chart", "sales"), "sales", "Sales")

    def test_of_the_revocation_of_a_token_says_when_it_was_used(self, check, author):
        token, _ = create_token(user=author, name="ci", days=1)
        valid = ApiToken.objects.filter(revoked=None)
        check(valid, ("token", "revoke", token.pk), "Would revoke the token “ci", "last used: never")

    def test_of_the_revocation_of_a_role_names_it(self, check, author, viewer):
        grant_role(actor=author, user=viewer, role=get_role("analyst"))
        check(
            viewer.grants.all(), ("user", "revoke", "viewer", "analyst"), "Would revoke the role “Analyst” of “viewer”"
        )

    def test_for_programs_has_what_would_go(self, manage, schedule):
        code, said, _ = manage("schedule", "remove", "often", "--format", "json")
        assert (code, json.loads(said)["name"]) == (2, "often")


def test_an_address_that_is_taken_is_called_by_its_name(manage, sides, tmp_path):
    (tmp_path / "password").write_text("x\n")
    words = ("other", sides[0].url, "--username", "robot", "--password-file", tmp_path / "password", "--no-check")
    code, _, said = manage("environment", "add", *words)
    assert code == 1
    assert "address" in said
    assert "Url" not in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("freeze", "add", "r" * 300, "--from", "fri 18:00", "--until", "mon 08:00"), "REASON: Ensure this value"),
        (("freeze", "add", "r", "--from", "2026-12-23 18:00", "--until", "2026-12-01 18:00"), "--until: The end must"),
        (("create_admin", "ada", "--email", "no address", "--password-file", "{password}"), "--email: Enter a valid"),
        (("user", "add", "a b", "--password-file", "{password}"), "USERNAME: Enter a valid"),
        (("user", "grant", "author", "analyst", "--where", "!"), "--where: “!” does not name"),
        (("schedule", "add", "n", "catalogue.sync", "0 0 * * *"), "--environment: catalogue.sync needs an environment"),
    ],
)
def test_an_invalid_value_is_reported_by_the_option_it_was_given_with(manage, sides, tmp_path, words, sentence):
    (tmp_path / "password").write_text("only-for-tests\n")
    code, _, said = manage(*(word.format(password=tmp_path / "password") for word in words))
    assert (code, said.startswith(sentence)) == (1, True), said


def test_a_name_too_long_is_complained_of_once(manage, sides, tmp_path):
    (tmp_path / "password").write_text("x\n")
    words = ("n" * 200, "https://x.example.com", "--username", "robot", "--password-file", tmp_path / "password")
    code, _, said = manage("environment", "add", *words)
    assert (code, said) == (1, "NAME: Ensure this value has at most 100 characters (it has 200).\n")


@pytest.mark.parametrize(
    "words",
    [
        ("task", "show", "x"),
        ("freeze", "remove", "0"),
        ("token", "revoke", "9" * 30),
        ("token", "create", "ci", "--days", "366"),
        ("schedule", "next", "often", "--count", "0"),
        ("environment", "edit", "dev", "--approvals", "99"),
        ("migration", "show", "-1"),
    ],
    ids=" ".join,
)
def test_what_is_no_number_is_refused_with_its_range(manage, sides, words):
    code, _, said = manage(*words)
    assert code == 1
    assert "is not a whole number from" in said or "arguments are required" in said
    assert len(said.splitlines()[-1]) < 160


def test_a_name_too_long_for_a_file_is_no_file(manage, sides):
    code, _, said = manage("environment", "edit", "dev", "--ca-bundle", "x" * 600)
    assert (code, "xxx" in said) == (1, True)


def test_somebody_without_a_role_is_not_sent_to_add_an_environment(manage, sides):
    User.objects.create_user("eve")
    ask = "If you should see one, ask an administrator for a role.\n"
    assert manage("environment", "list", "--as", "eve")[1] == f"No environments. {ask}"
    assert (
        manage("migration", "plan", "dev", "prod", "--all", "--as", "eve")[2] == f"There is no environment “dev”. {ask}"
    )


def test_an_operator_of_an_empty_installation_is_told_how_to_add_an_environment(manage, author):
    assert manage("environment", "list")[1] == "No environments. Add one with `lockstep environment add NAME URL`.\n"


@pytest.mark.parametrize("text", ["x " * 3000, "x" * 100_000])
@pytest.mark.parametrize("words", [("task", "list"), ("audit", "list"), ("user", "list")])
def test_a_search_that_no_database_could_carry_out_is_refused(manage, author, words, text):
    code, said, told = manage(*words, "--search", text)
    assert (code, said) == (1, "")
    assert told.endswith("argument --search: at most 20 words and 1000 characters can be searched for\n")


def test_accounts_are_found_by_the_names_that_the_api_searches(rows, author):
    User.objects.create_user("eve", first_name="Evelyn", last_name="Boyd Granville")
    assert [row["username"] for row in rows("user", "list", "--search", "granville evelyn")] == ["eve"]
