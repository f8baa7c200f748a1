"""Each reader's language: of the account, else of the request, else English; the database holds English."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext, override

from apps.audit.models import AuditEntry
from apps.core.errors import sentence_of, stored_error, worded
from apps.core.sentences import Sentence, kept, shown, stored_form
from apps.environments.tests.factories import make_environment
from apps.migrations.mail.delivery import deliver
from apps.superset.errors import Unreachable
from apps.superset.messages.message import TEMPLATES, Message
from apps.tasks import messages
from apps.tasks.live.streams import LineFilter, VisibleTasks, _rows, _update
from apps.tasks.models import Task, TaskLine, TaskState
from apps.tasks.worker.cancellation import Stop
from apps.tasks.worker.journal import Line, append
from apps.tasks.worker.masking import Mask
from apps.tasks.worker.outcome import failure
from apps.users.messages import SSO_PROVIDER_ERROR
from apps.users.models import User
from apps.users.services.language import language_for
from apps.users.services.tokens import create_token
from apps.users.sso.backend import on_record
from apps.users.sso.provider import SsoRefused
from conftest import api_of
from project.api import document
from project.tests.language import speak
from rig import catalogues

TASK = "/api/v1/tasks"


@pytest.fixture
def russian(author):
    author.language = "ru"
    author.save()
    return author


@pytest.fixture
def task(author):
    task = Task.objects.create(plugin="catalogue", action="sync", environment_name="prod", actor=author)
    said = Message("line.sending", assets="2 charts", target="prod").line()
    append(task, Line(said), Line("plain"), Line(Sentence(messages.ATTEMPT, number=1, pid=7, machine="box")))
    return task


def texts(client, task, **headers):
    return [line["text"] for line in client.get(f"{TASK}/{task.pk}/lines", headers=headers).json()["lines"]]


ENGLISH = ["sending 2 charts to prod", "plain", "Attempt 1 starts in process 7 on box"]
RUSSIAN = ["отправка в prod: 2 charts", "plain", "Попытка 1 начинается в процессе 7 на box"]


REFUSED = Message("error.unreachable", url="http://prod", reason=Message("error.connection_refused"))


IN_RUSSIAN = {
    TEMPLATES["error.unreachable"]: "{url} недоступен: {reason}",
    TEMPLATES["error.connection_refused"]: "в соединении отказано",
    TEMPLATES["next.unreachable"]: "Проверьте адрес.",
}


@pytest.fixture
def translated(settings, tmp_path):
    speak(settings, tmp_path, IN_RUSSIAN)
    settings.LANGUAGE_CODE = "en"


@pytest.mark.usefixtures("translated")
class TestErrors:
    def test_a_failed_task_says_why_in_the_language_of_its_reader(self, author):
        error = Unreachable(REFUSED, environment="prod")
        task = run_task(author, error)
        english, russian = (
            api_of(author).get(f"{TASK}/{task.pk}", headers={"accept-language": language}).json()["error"]
            for language in ("en", "ru")
        )
        assert english["sentence"] == str(error) != russian["sentence"]
        with override("ru"):
            assert russian["sentence"] == worded(error)
            assert russian["sentence"] == "prod: http://prod недоступен: в соединении отказано. Проверьте адрес."
            assert russian["detail"] == error.message.worded(gettext)
        assert "said" not in {*english, *russian}
        assert english["next_steps"][0]["text"] == error.next_step != russian["next_steps"][0]["text"]

    def test_its_last_line_does_so_too(self, author):
        error = Unreachable(REFUSED, environment="prod")
        task = run_task(author, error)
        assert texts(api_of(author), task)[-1] == str(error)
        with override("ru"):
            assert texts(api_of(author), task, **{"accept-language": "ru"})[-1] == worded(error)

    def test_an_environment_says_why_it_could_not_be_reached(self, author):
        error = Unreachable(REFUSED, environment="prod", asset="chart “A”")
        make_environment("prod", last_error={**stored_error(error), "at": "2026-11-24T22:00:05Z"})
        told = api_of(author).get("/api/v1/environments/prod", headers={"accept-language": "ru"}).json()["last_error"]
        with override("ru"):
            assert told["sentence"] == worded(error)
        assert told["at"] == "2026-11-24T22:00:05Z"

    def test_what_was_stored_without_its_templates_stays_as_it_is(self):
        with override("ru"):
            assert sentence_of({"kind": "x", "sentence": "It broke."}) == "It broke."
        assert sentence_of(None) == ""


def run_task(author, error):
    """A task whose action raised this."""
    task = Task.objects.create(plugin="catalogue", action="sync", environment_name="prod", actor=author)
    outcome = failure(error, Stop(time_limit=60), Mask([]))
    said = kept(outcome.error["sentence"], outcome.error["said"]["sentence"])
    append(task, Line(said, "error", message=stored_form(said)))
    Task.objects.filter(pk=task.pk).update(state=TaskState.FAILED, error=outcome.error)
    return task


class TestWhichLanguage:
    @pytest.mark.parametrize(
        ("preferred", "accepted", "found"),
        [
            ("", "", "en"),
            ("", "ru", "ru"),
            ("", "ru-RU,ru;q=0.9,en;q=0.8", "ru"),
            ("", "de,en;q=0.5,ru;q=0.4", "en"),
            ("", "*", "en"),
            ("", "\x00;;q=x", "en"),
            ("en", "ru", "en"),
            ("ru", "en", "ru"),
            ("xx", "ru", "ru"),
        ],
    )
    def test_the_preference_comes_first_then_the_browser_then_english(self, preferred, accepted, found):
        assert language_for(User(language=preferred), accepted) == found

    def test_who_is_not_signed_in_is_answered_as_the_browser_asks(self, db):
        answer = Client(headers={"accept-language": "ru"}).get("/api/v1/session")
        assert answer.json()["detail"] == "Сначала войдите."
        assert answer["Content-Language"] == "ru"
        assert "Accept-Language" in answer["Vary"]
        assert Client().get("/api/v1/session").json()["detail"] == "Sign in first."

    def test_a_token_asks_by_its_request(self, author):
        _, text = create_token(user=author, name="ci", days=1)
        client = Client(headers={"authorization": f"Bearer {text}", "accept-language": "ru"})
        assert client.get(f"{TASK}/77").json()["detail"].startswith("По этому адресу ничего нет")

    def test_the_admin_speaks_the_language_of_the_account(self, russian, task):
        client = Client(headers={"accept-language": "en"})
        client.force_login(russian)
        assert "в очереди" in client.get(reverse("admin:tasks_task_changelist")).content.decode()

    def test_the_api_document_is_english_whoever_asks(self, russian):
        assert not re.search("[а-яё]", str(document()["paths"]))


class TestTasks:
    def test_lines_are_shown_in_the_language_of_the_reader(self, author, task):
        api = api_of(author)
        assert texts(api, task) == ENGLISH
        assert texts(api, task, **{"accept-language": "ru"}) == RUSSIAN
        author.language = "ru"
        author.save()
        assert texts(api, task) == RUSSIAN

    def test_a_downloaded_log_is_in_the_language_of_the_reader(self, russian, task):
        text = api_of(russian).get(f"{TASK}/{task.pk}/lines/text").getvalue().decode()
        assert all(line in text for line in RUSSIAN)

    def test_sockets_send_the_language_of_each_reader(self, author, task):
        english, russian = (_update(task.pk, LineFilter(), language) for language in ("en", "ru"))
        assert ENGLISH[0] in english.lines
        assert RUSSIAN[0] in russian.lines
        assert ("Sync prod" in english.task, "Чтение списков" in russian.task) == (True, True)
        assert "Синхронизация: prod" in _rows(VisibleTasks.of(author, "ru"), {}, (task.pk,))

    def test_titles_and_stages_are_in_the_language_of_the_reader(self, russian, task):
        told = api_of(russian).get(f"{TASK}/{task.pk}").json()
        assert told["title"] == "Синхронизация: prod"
        assert told["stages"][0]["label"] == "Чтение списков"

    def test_what_a_russian_does_is_stored_in_english(self, russian, task):
        assert api_of(russian).post(f"{TASK}/{task.pk}/cancel").status_code == 200
        task.refresh_from_db()
        assert task.error["sentence"] == "Cancelled by author before it started."
        last = TaskLine.objects.latest("seq")
        assert (last.text, last.message["facts"]) == (task.error["sentence"], {"actor": "author"})
        assert texts(api_of(russian), task)[-1] == "Отменена пользователем author до начала."

    def test_a_translation_with_other_facts_falls_back_to_english(self):
        with override("ru"):
            assert shown("Verify now", {"id": "sending {assets} to {target}", "facts": {}}) == "Verify now"

    def test_messages_within_messages_are_translated_as_well(self):
        inner = Message("line.sending", assets="1 chart", target="prod")
        line = Message("line.reading_back", detail=inner, assets="1 chart").line()
        assert line == "sending 1 chart to prod: reading back 1 chart"
        with override("ru"):
            assert shown(line, line.stored).startswith("отправка в prod: 1 chart")


def test_each_recipient_gets_mail_in_their_language(db, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    people = [User(username=name, email=f"{name}@example.com", language=name) for name in ("en", "ru")]

    def text() -> str:
        return messages.NO_TASK.format(number=7)

    deliver(people, subject=text, text=text, log=lambda *_, **__: None)
    assert [message.body for message in mail.outbox] == ["There is no task 7.", "Задачи 7 нет."]
    assert "Задачи 7 нет." in mail.outbox[1].subject


class TestCatalogues:
    def test_each_compiled_catalogue_is_what_its_source_says(self):
        assert list(catalogues.outdated()) == [], "run `make translations`"

    def test_plurals_have_all_their_forms(self):
        with override("ru"):
            assert [messages.no_worker(count).split("ожида")[1] for count in (1, 3, 5)] == [
                "ет 1 задача.",
                "ют 3 задачи.",
                "ют 5 задач.",
            ]

    def test_what_is_fuzzy_or_not_translated_is_left_out(self):
        source = '#, fuzzy\nmsgid "a"\nmsgstr "b"\n\nmsgid "c"\nmsgstr ""\n\nmsgctxt "x"\nmsgid "d"\nmsgstr "e"\n" f"\n'
        assert catalogues.translations(source) == {"x\x04d": "e f"}

    def test_a_line_that_cannot_be_read_is_named(self):
        with pytest.raises(catalogues.Malformed, match="line 2"):
            list(catalogues.entries('msgid "a"\nmsgstr b\n'))

    def test_a_translation_names_the_facts_of_its_original(self):
        for path in catalogues.LOCALE.glob("*/LC_MESSAGES/django.po"):
            for original, text in catalogues.translations(path.read_text()).items():
                facts = set(re.findall(r"{(\w+)", original))
                for form in text.split("\0"):
                    assert set(re.findall(r"{(\w+)", form)) <= facts, original


def test_the_audit_has_a_refused_sign_in_in_english_whoever_reads_the_page(settings, tmp_path, db):
    speak(settings, tmp_path, {"The provider reports: {error}.": "Провайдер сообщает: {error}."})
    settings.LANGUAGE_CODE = "en"
    with override("ru"):
        with pytest.raises(SsoRefused) as refused, on_record():
            raise SsoRefused(format_lazy(SSO_PROVIDER_ERROR, error="x"))
        assert str(refused.value) == "Провайдер сообщает: x."
    assert AuditEntry.objects.get(action="session.refused").after == {"why": "The provider reports: x."}
