"""Attempts to get further than one's roles allow, through every door. None changes anything."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.tests.pages import Pages
from apps.plugins.inputs import InputField
from apps.tasks.models import Pause, Task, TaskState
from apps.tasks.tests.sockets import Site, signed_in
from apps.users.models import Grant, Role, User
from apps.users.services.accounts import FACTS
from apps.users.services.grants import get_role, grant_role
from apps.users.services.roles import add_role
from apps.users.services.tokens import create_token
from conftest import api_of

PASSWORD = "correct-horse-battery"


@pytest.fixture
def keeper(world, author):
    """Manages accounts, and may only look otherwise."""
    permissions = [(what, "*") for what in ("users.edit", "users.view", "environments.view", "tasks.view")]
    role = add_role(actor=author, slug="keeper", title="Keeper", permissions=permissions)
    user = User.objects.create_user("keeper", password="only-for-tests", is_staff=True)
    grant_role(actor=author, user=user, role=role)
    return user


@pytest.fixture
def before(keeper):
    return state()


def state():
    return (
        list(User.objects.order_by("pk").values(*FACTS, "password")),
        list(Grant.objects.order_by("pk").values()),
        [(role.slug, list(role.permissions.values_list("what", "where"))) for role in Role.objects.all()],
    )


def test_a_keeper_keeps_the_accounts_that_may_do_no_more(keeper, world):
    User.objects.create_user("linus")
    api = api_of(keeper)
    role = {"slug": "looker", "title": "Looker", "permissions": [{"what": "tasks.view"}]}
    assert api.post("/api/v1/roles", role).status_code == 201
    assert api.post("/api/v1/grants", {"user": "linus", "role": "looker"}).status_code == 201
    assert api.patch(f"/api/v1/users/{User.objects.get(username='linus').pk}", {"is_active": False}).status_code == 200


BY_API = {
    "grant oneself": ("post", "grants", {"user": "keeper", "role": "administrator"}),
    "grant oneself more somewhere": ("post", "grants", {"user": "keeper", "role": "operator", "where": "dev"}),
    "edit a role one holds": ("patch", "roles/keeper", {"permissions": [{"what": "*"}]}),
    "edit a role by pattern": ("patch", "roles/keeper", {"permissions": [{"what": "*.view"}]}),
    "make a role of more": ("post", "roles", {"slug": "x", "title": "X", "permissions": [{"what": "audit.view"}]}),
    "take a role from one who may do more": ("delete", "roles/operator", None),
    "edit a superuser": ("patch", "users/{author}", {"email": "mine@example.com"}),
    "lock a superuser out": ("patch", "users/{author}", {"is_active": False}),
    "take over a superuser": ("put", "users/{author}/password", {"new": PASSWORD}),
    "sign a superuser out": ("delete", "users/{author}/sessions", None),
    "become a superuser": ("patch", "users/{keeper}", {"is_superuser": True}),
    "make a superuser": ("post", "users", {"username": "x", "password": PASSWORD, "is_superuser": True}),
    "map a group to more": ("post", "group-mappings", {"group": "BI", "role": "administrator"}),
    "have a mapping give more": ("patch", "group-mappings/{mapping}", {"role": "administrator"}),
    "edit an operator": ("patch", "users/{operator}", {"email": "mine@example.com"}),
    "take over an operator": ("put", "users/{operator}/password", {"new": PASSWORD}),
    "sign an operator out": ("delete", "users/{operator}/sessions", None),
    "grant to an operator": ("post", "grants", {"user": "grace", "role": "spare"}),
    "revoke of an operator what one has": ("delete", "grants/{spare}", None),
    "revoke of one who may do more": ("delete", "grants/{grant}", None),
    "work on an environment": ("post", "environments/dev/sync", {}),
}


@pytest.mark.parametrize("attempt", BY_API)
def test_nobody_escalates_through_the_api(attempt, keeper, before, world, author):
    method, route, sent = BY_API[attempt]
    more = grant_role(actor=author, user=world.user, role=get_role("operator"))
    spare = grant_role(actor=author, user=world.user, role=world.role, where="dev")
    known, epoch = state(), world.user.session_epoch
    ids = {"author": author.pk, "keeper": keeper.pk, "operator": world.user.pk, "grant": more.pk, "spare": spare.pk}
    ids["mapping"] = world.group_mapping.pk
    answer = getattr(api_of(keeper), method)(f"/api/v1/{route.format(**ids)}", sent)
    world.user.refresh_from_db()
    assert answer.status_code == 403, answer.content
    assert (state(), world.user.session_epoch) == (known, epoch)


@pytest.mark.parametrize("attempt", [name for name in BY_API if "superuser" in name])
def test_who_may_do_everything_by_a_role_is_no_superuser_yet(attempt, world, author):
    user = User.objects.create_user("somebody", password="only-for-tests")
    grant_role(actor=author, user=user, role=get_role("administrator"))
    method, route, sent = BY_API[attempt]
    known = state()
    answer = getattr(api_of(user), method)(f"/api/v1/{route.format(author=author.pk, keeper=user.pk)}", sent)
    assert (answer.status_code, state()) == (403, known)


def test_fields_that_are_not_offered_are_not_taken(keeper, world):
    sent = {"is_superuser": True, "is_staff": True, "email": "x@example.com", "username": "author", "session_epoch": 7}
    linus = User.objects.create_user("linus", password="only-for-tests")
    assert api_of(linus).patch(f"/api/v1/users/{linus.pk}", sent).status_code == 403
    for name in ("username", "session_epoch"):
        assert api_of(keeper).patch(f"/api/v1/users/{linus.pk}", {name: sent[name]}).status_code == 400
    assert api_of(keeper).patch(f"/api/v1/users/{linus.pk}", {"is_superuser": True}).status_code == 403
    linus.refresh_from_db()
    assert (linus.is_superuser, linus.username, linus.session_epoch) == (False, "linus", 0)


def test_a_token_does_no_more_than_its_owner_and_its_scope(keeper, world, author, before):
    for user, scope, where, route, status in (
        (keeper, "act", (), "environments/dev/sync", 403),
        (author, "read", (), "environments/dev/sync", 403),
        (author, "act", ("dev",), "environments/prod/sync", 404),
        (author, "act", ("dev",), "grants", 403),
        (author, "act", ("dev",), "tokens", 403),
    ):
        _, text = create_token(user=user, name="x", days=1, scope=scope, where=where)
        client = api_of()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
        sent = {} if route.endswith("sync") else {"user": "keeper", "role": "administrator", "name": "wider"}
        assert client.post(f"/api/v1/{route}", sent).status_code == status
    assert state() == before


@pytest.fixture
def own(world, author):
    """What belongs to the owner of the tokens, each in “prod”."""
    facts = {"plugin": "catalogue", "action": "sync", "environment": world.prod, "environment_name": "prod"}
    queued = Task.objects.create(actor=author, **facts)
    failed = Task.objects.create(actor=author, state=TaskState.FAILED, **facts)
    asking = Task.objects.create(actor=author, state=TaskState.AWAITING_INPUT, **facts)
    question = InputField(name="name", title="Name")
    soon = timezone.now() + timedelta(hours=1)
    Pause.objects.create(task=asking, questions=[question.to_json()], expires=soon)
    return {"queued": queued.pk, "failed": failed.pk, "asking": asking.pk, "migration": world.migration.pk}


ON_ONES_OWN = {
    "tasks/{queued}/cancel": {},
    "tasks/{failed}/retry": {},
    "tasks/{failed}/dismiss": {},
    "tasks/{asking}/answer": {"answers": {"name": "x"}},
    "migrations/{migration}/comment": {"note": "mine"},
    "migrations/{migration}/submit": {},
    "migrations/{migration}/withdraw": {},
    "migrations/{migration}/replan": {},
}


@pytest.mark.parametrize(("scope", "where", "status"), [("read", (), 403), ("act", ("dev",), 404)])
@pytest.mark.parametrize("route", ON_ONES_OWN)
def test_a_token_does_no_more_with_what_is_its_owners_own(route, scope, where, status, own, world, author):
    def known():
        tasks = list(Task.objects.order_by("pk").values("state", "cancel_requested"))
        migration = list(type(world.migration).objects.values("state"))
        return tasks, migration, world.migration.decisions.count(), Pause.objects.filter(answered=None).count()

    _, text = create_token(user=author, name="x", days=1, scope=scope, where=where)
    client, before = api_of(), known()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    answer = client.post(f"/api/v1/{route.format(**own)}", ON_ONES_OWN[route])
    assert (answer.status_code, known()) == (status, before), answer.content
    if scope == "read":
        assert "read-only" in answer.content.decode()


def test_a_read_token_sees_only_the_permissions_it_has(own, author):
    _, text = create_token(user=author, name="x", days=1)
    client = api_of()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    for path in (f"tasks/{own['queued']}", f"migrations/{own['migration']}"):
        allowed = client.get(f"/api/v1/{path}").json()["allowed_actions"]
        assert {name for name, verdict in allowed.items() if verdict["allowed"]} <= {"comment"}


@pytest.mark.parametrize("path", ["tasks", "migrations"])
def test_a_token_sees_what_is_its_owners_own_in_its_places_only(path, own, world):
    def seen(*where):
        _, text = create_token(user=owner, name="x", days=1, where=where)
        client = api_of()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
        return len(client.get(f"/api/v1/{path}").json()["results"])

    owner = User.objects.create_user("somebody", password="only-for-tests")
    for person in (world.author, owner):
        grant_role(actor=world.author, user=person, role=get_role("viewer"), where="dev")
    Task.objects.filter(pk__in=own.values()).update(actor=owner)
    type(world.migration).objects.update(author=owner)
    assert seen() > 0
    assert seen("prod") == (3 if path == "tasks" else 1)
    assert seen("dev") == seen() - seen("prod")


BY_ADMIN = {
    "grant oneself": ("users/grant/add/", {"user": "{keeper}", "role": "{administrator}", "where": "*"}),
    "edit a role one holds": ("users/role/{role}/change/", {"title": "Keeper", "everywhere": "audit.view"}),
    "write a pattern": ("users/role/{role}/change/", {"title": "Keeper", "narrowed": "* dev"}),
    "edit the administrators": ("users/role/{administrator}/change/", {"title": "X", "narrowed": ""}),
    "edit a superuser": ("users/user/{author}/change/", {"username": "author", "email": "mine@example.com"}),
    "take over a superuser": ("users/user/{author}/password/", {"password1": PASSWORD, "password2": PASSWORD}),
    "become a superuser": ("users/user/{keeper}/change/", {"username": "keeper", "is_active": "on", "is_staff": "on",
                                                           "is_superuser": "on"}),
    "map a group to more": ("users/groupmapping/add/", {"group": "X", "role": "{administrator}", "where": "*"}),
    "sign a superuser out": ("users/user/{author}/end-sessions/", {"confirmed": "yes"}),
    "add an environment": ("environments/environment/add/", {"name": "x", "url": "https://x.example.com"}),
    "disable one": ("environments/environment/{dev}/disable/", {"confirmed": "yes"}),
    "sync one": ("environments/environment/{dev}/sync/", {}),
    "apply a migration": ("migrations/migration/{migration}/apply/", {"confirmed": "yes", "checksum": "{checksum}"}),
}  # fmt: skip


@pytest.mark.parametrize("attempt", BY_ADMIN)
def test_nobody_escalates_through_the_admin(attempt, keeper, world, author, before):
    path, fields = BY_ADMIN[attempt]
    ids = {
        "author": author.pk,
        "keeper": keeper.pk,
        "dev": world.dev.pk,
        "migration": world.migration.pk,
        "administrator": get_role("administrator").pk,
        "role": get_role("keeper").pk,
        "checksum": world.checksum,
    }
    sent = {name: value.format(**ids) for name, value in fields.items()}
    epoch, tasks = author.session_epoch, Task.objects.count()
    Pages(keeper).client.post(f"/admin/{path.format(**ids)}", sent)
    author.refresh_from_db()
    world.dev.refresh_from_db()
    assert (state(), author.session_epoch, world.dev.enabled, Task.objects.count()) == (before, epoch, True, tasks)
    assert not type(world.group_mapping).objects.filter(group="X").exists()


def test_nobody_escalates_through_a_socket(transactional_db, world, author):
    user = User.objects.create_user("somebody")
    grant_role(actor=author, user=user, role=get_role("operator"), where="prod")
    with closing(Site()) as site:
        assert site.browser(f"ws/tasks/{world.task.pk}/", signed_in(user)).closed[0] == 4004


BY_COMMAND = [
    ("environment", "disable", "dev"),
    ("environment", "edit", "dev", "--tier", "prod"),
    ("environment", "remove", "dev"),
    ("environment", "remove", "dev", "--yes"),
    ("environment", "check", "dev"),
    ("catalogue", "sync", "dev"),
    ("mapping", "remove", "dev", "prod", "warehouse"),
    ("mapping", "remove", "dev", "prod", "warehouse", "--yes"),
    ("migration", "plan", "dev", "prod", "--all"),
    ("migration", "apply", "{migration}", "--yes"),
    ("task", "retry", "{task}"),
    ("task", "dismiss", "{task}"),
    ("user", "grant", "keeper", "administrator"),
    ("user", "end-sessions", "author"),
]


@pytest.mark.parametrize("words", BY_COMMAND, ids=" ".join)
def test_nobody_escalates_by_a_command(words, manage, keeper, world, before):
    ids = {"migration": world.migration.pk, "task": world.task.pk}
    code, _, said = manage(*(word.format(**ids) for word in words), "--as", "keeper")
    assert code == 1
    assert (
        "have the permission" in said
        or "There is no" in said
        or "permissions that you do not have" in said
        or "superuser" in said
    )
    assert state() == before


def test_a_command_shows_what_the_named_user_sees(manage, world, author):
    user = User.objects.create_user("somebody")
    grant_role(actor=author, user=user, role=get_role("viewer"), where="prod")
    _, listed, _ = manage("environment", "list", "--as", "somebody")
    assert "prod" in listed
    assert "dev " not in listed
    assert manage("task", "show", world.task.pk, "--as", "somebody")[0] == 1
    assert manage("catalogue", "show", "dev", "--as", "somebody")[0] == 1
    assert manage("task", "show", world.task.pk)[0] == 0
