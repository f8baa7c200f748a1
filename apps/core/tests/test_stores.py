"""Files in the data directory and in a bucket behave alike."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from apps.core.errors import Damaged, NoRoom, StoreUnavailable
from apps.core.files import StoredFile, look_at_store, remove, store, stored_files, try_store
from apps.core.tests.buckets import files_in

SECRET = "only-for-tests"
CHECKOUT = Path(__file__).parents[3]


@pytest.fixture
def bucket(s3, settings):
    """The files of this test are in a bucket of its own: its address."""
    name = s3.bucket()
    use(settings, s3.endpoint, name)
    return name


def use(settings, endpoint, name):
    settings.STORAGES = files_in(endpoint, name)


@pytest.fixture
def httpserver_of():
    """The address of a server that answers everything with this status and body."""
    with ExitStack() as stack:

        def start(status, body):
            class Answer(BaseHTTPRequestHandler):
                def do_PUT(self):
                    self.rfile.read(int(self.headers.get("Content-Length", 0)))
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body.encode())

                def log_message(self, *_):
                    pass

            server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
            stack.callback(server.server_close)
            Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}"

        yield start


@pytest.fixture(params=["local", "s3"])
def anywhere(request):
    return request.getfixturevalue("bucket") if request.param == "s3" else ""


def test_content_comes_back_whole_and_as_a_stream(anywhere):
    for content in (b"", b"content", os.urandom(3_000_000)):
        stored = store("plans", content)
        assert stored.read() == content
        with stored.open() as stream:
            assert (stream.read(3), stream.read()) == (content[:3], content[3:])


def test_a_folder_lists_its_files_with_size_and_age(anywhere):
    assert list(stored_files("artefacts")) == []
    stored = store("artefacts", b"content")
    store("plans", b"of another folder")
    (facts,) = stored_files("artefacts")
    assert (facts.path, facts.size) == (stored.path, 7)
    assert abs(facts.modified - time.time()) < 60


def test_equal_content_is_one_file(anywhere):
    assert store("plans", b"content") == store("plans", b"content")
    assert len(list(stored_files("plans"))) == 1


def test_what_is_removed_is_gone(anywhere):
    stored = store("plans", b"content")
    assert remove(stored.path) is True
    assert remove(stored.path) is False
    with pytest.raises(Damaged, match=r"cannot be read .No such file or directory.. Restore it from the backup"):
        stored.read()
    with pytest.raises(Damaged, match="cannot be read"):
        stored.open()


def test_changed_content_is_not_read(anywhere):
    stored = StoredFile(store("plans", b"content").path, "0" * 64)
    for read in (stored.read, stored.open):
        with pytest.raises(Damaged, match="was changed after it was written"):
            read()


@pytest.mark.parametrize("path", ["../other/plans/x.zip", "/plans/x.zip", "plans/../../x", ""])
def test_no_name_leads_out(anywhere, path):
    for act in (StoredFile(path, "0" * 64).read, StoredFile(path, "0" * 64).open, lambda: remove(path)):
        with pytest.raises(Damaged, match="is not the name of a stored file"):
            act()


def test_trying_the_store_leaves_nothing_behind(anywhere):
    look_at_store()
    try_store()
    assert list(stored_files("probes")) == []


def test_a_file_of_a_bucket_is_below_its_prefix(bucket, s3):
    stored = store("plans", b"content")
    found = s3.client().get_object(Bucket=bucket, Key=f"site/{stored.path}")
    assert found["Body"].read() == b"content"


def test_another_host_reads_what_this_one_stored(bucket, settings, tmp_path):
    stored = store("plans", b"content")
    settings.DATA_DIR = tmp_path / "of another host"
    settings.STORAGES = {**settings.STORAGES}  # and so a client of its own
    assert stored.read() == b"content"


def test_a_file_changed_in_the_bucket_is_not_read(bucket, s3):
    stored = store("plans", b"content")
    s3.client().put_object(Bucket=bucket, Key=f"site/{stored.path}", Body=b"contenT")
    with pytest.raises(Damaged, match="was changed after it was written"):
        stored.read()
    assert store("plans", b"content").read() == b"content"


def test_a_large_file_is_sent_in_parts(bucket, s3):
    content = os.urandom(1_000_000) * 20
    stored = store("plans", content)
    assert s3.client().head_object(Bucket=bucket, Key=f"site/{stored.path}")["ETag"].endswith('-3"')
    with stored.open() as stream:
        assert sum(len(piece) for piece in iter(lambda: stream.read(100_000), b"")) == len(content)


def acts():
    known = StoredFile("plans/x.zip", "0" * 64)
    return (
        lambda: store("plans", b"content"),
        lambda: list(stored_files("plans")),
        lambda: remove("plans/x.zip"),
        known.read,
        known.open,
        look_at_store,
        try_store,
    )


def test_a_store_that_does_not_answer_says_what_to_check(settings):
    use(settings, "http://127.0.0.1:1", "nobody")
    for act in acts():
        with pytest.raises(StoreUnavailable) as refused:
            act()
        assert str(refused.value) == (
            "The store of files s3://nobody/site cannot be used (no answer). Check that it runs and can be reached "
            "from here, and the settings LOCKSTEP_STORAGE and LOCKSTEP_S3_…."
        )
        assert refused.value.__cause__ is None


def test_a_bucket_that_does_not_exist_is_named(s3, settings):
    use(settings, s3.endpoint, "nowhere")
    for act in (acts()[0], acts()[1], acts()[3]):
        with pytest.raises(StoreUnavailable, match=r"s3://nowhere/site cannot be used .NoSuchBucket"):
            act()


@pytest.mark.parametrize(
    ("status", "code", "error", "why"),
    [
        (403, "SignatureDoesNotMatch", StoreUnavailable, "SignatureDoesNotMatch"),
        (403, "InvalidAccessKeyId", StoreUnavailable, "InvalidAccessKeyId"),
        (507, "XMinioStorageFull", NoRoom, "XMinioStorageFull.. Make room there, or raise its quota"),
        (403, "QuotaExceeded", NoRoom, "QuotaExceeded"),
        (404, "", StoreUnavailable, "404 Not Found"),
    ],
)
def test_a_refusal_is_passed_on_by_its_code_alone(settings, httpserver_of, status, code, error, why):
    body = f"<Error><Code>{code}</Code><Message>{SECRET}</Message></Error>" if code else SECRET
    use(settings, httpserver_of(status, body), "ours")
    with pytest.raises(error, match=why) as refused:
        store("plans", b"content")
    assert SECRET not in str(refused.value)


def test_a_fork_of_a_process_that_used_the_store_does_not_wait_forever(bucket, monkeypatch):
    store("plans", b"content")
    monkeypatch.setattr(os, "getpid", lambda: 1)
    with pytest.raises(RuntimeError, match="before this process was forked"):
        store("plans", b"content")


def test_the_client_is_loaded_only_where_there_is_a_bucket(s3, tmp_path):
    """12 MB that no other installation pays."""
    code = (
        "import django, sys; django.setup(); from apps.core.files import store; "
        "store('plans', b'content'); print('obstore' in sys.modules)"
    )
    ours = {
        "DJANGO_SETTINGS_MODULE": "project.settings",
        "LOCKSTEP_DATA_DIR": str(tmp_path),
        "PATH": os.environ["PATH"],
    }
    for more, loaded in (({}, "False"), (s3.settings(s3.bucket()), "True")):
        ran = subprocess.run(
            [sys.executable, "-c", code], env=ours | more, cwd=CHECKOUT, capture_output=True, text=True, check=False
        )
        assert (ran.returncode, ran.stdout.strip(), ran.stderr) == (0, loaded, "")
