import datetime
import gzip
import ipaddress
import socket
import ssl
from time import monotonic, sleep

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from apps.superset.errors import NotConfigured, OutcomeUnknown, Unreachable
from apps.superset.http.limits import Sizes, Timeouts
from apps.superset.releases.base import Endpoint
from apps.superset.tests.connecting import QUICK, Time, connecting
from apps.superset.tests.superset_server import Reply, SupersetServer

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.fixture
def server():
    with SupersetServer() as running:
        yield running


@pytest.fixture
def connect(server):
    with connecting(server, Time()) as connect:
        yield connect


def test_every_request_accepts_json_only(server, connect):
    client = connect()
    client.whoami()
    client.import_bundle(Endpoint.ASSETS, b"PK")
    assert {seen.headers["Accept"] for seen in server.seen} == {"application/json"}


def test_requests_work_under_a_path_prefix(server, connect):
    server.script("/bi/version", Reply(body={"version_string": "6.1.0"}))
    assert connect(url=f"{server.url}/bi/api/v1/").release().version == "6.1.0"


def test_reads_share_a_connection_and_every_write_has_its_own(server, connect):
    client = connect()
    client.whoami()
    client.whoami()
    client.import_bundle(Endpoint.ASSETS, b"PK")
    client.import_bundle(Endpoint.ASSETS, b"PK")
    reads = {seen.connection for seen in server.asked("GET", "/me/")}
    writes = [seen.connection for seen in server.asked("POST", "/assets/import/")]
    assert len(reads) == 1
    assert len({*reads, *writes}) == 3


def test_requests_are_counted_by_method(connect):
    client = connect()
    client.whoami()
    client.import_bundle(Endpoint.ASSETS, b"PK")
    assert client.requests == {"POST": 2, "GET": 3}  # the version, the account, the CSRF token


def test_two_clients_of_one_host_share_no_cookie(server, connect):
    one, other = connect(), connect()
    one.import_bundle(Endpoint.ASSETS, b"PK")
    other.import_bundle(Endpoint.ASSETS, b"PK")
    cookies = [seen.headers.get("Cookie", "") for seen in server.asked("GET", "/csrf_token/")]
    assert cookies == ["", ""]


def test_a_refused_connection_is_unreachable(connect):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(Unreachable, match="the connection was refused") as refused:
            connect(url=url).whoami()
    assert url in str(refused.value)
    assert refused.value.next_step


def test_an_unknown_host_is_unreachable(connect, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Unreachable, match="the name of the host is not known"):
        connect(url="http://nowhere.invalid").whoami()


def test_a_write_that_never_reached_the_server_has_a_known_outcome(server, connect, monkeypatch):
    client = connect()
    client.import_bundle(Endpoint.ASSETS, b"PK")
    monkeypatch.setattr(client._session._transport, "url", "http://127.0.0.1:9")
    with pytest.raises(Unreachable) as refused:
        client.import_bundle(Endpoint.ASSETS, b"PK")
    assert not isinstance(refused.value, OutcomeUnknown)


def test_a_host_that_never_answers_times_out_once(server, connect):
    server.script("/version", server.hang())
    started = monotonic()
    with pytest.raises(Unreachable, match=r"no response within 0\.2 s"):
        connect(timeouts=QUICK).release()
    assert monotonic() - started < 2
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "start",
    [b"HTTP/1.1 200 OK\r\nX-Slow: ", HEAD + b"Content-Length: 1000000\r\n\r\n", HEAD + b"\r\n"],
    ids=["headers", "body", "body without a length"],
)
def test_a_host_that_drips_bytes_is_left_after_the_total_time(server, connect, start):
    server.script("/version", server.drip(start))
    started = monotonic()
    with pytest.raises(Unreachable, match=r"no complete response within 0\.4 s"):
        connect(timeouts=QUICK).release()
    assert monotonic() - started < 2


def test_after_a_host_that_drips_the_client_goes_on_with_its_cookies(server, connect):
    client = connect(timeouts=QUICK)
    client.import_bundle(Endpoint.ASSETS, b"PK")
    server.script("/api/v1/me/", server.drip(HEAD + b"\r\n"))
    with pytest.raises(Unreachable):
        client.whoami()
    client.import_bundle(Endpoint.ASSETS, b"PK")
    assert len(server.asked("GET", "/csrf_token/")) == 1


def test_a_write_that_times_out_has_an_unknown_outcome_and_is_not_repeated(server, connect):
    server.script("/api/v1/assets/import/", server.hang())
    with pytest.raises(OutcomeUnknown, match=r"no response within 0\.2 s"):
        connect(timeouts=QUICK).import_bundle(Endpoint.ASSETS, b"PK")
    assert len(server.asked("POST", "/import/")) == 1


def test_imports_and_exports_have_their_own_time(server, connect):
    def slowly(connection):
        sleep(0.2)
        connection.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}")

    client = connect(timeouts=Timeouts(read=0.1, bundle_read=5))
    server.script("/api/v1/assets/import/", Reply(misbehave=slowly))
    client.import_bundle(Endpoint.ASSETS, b"PK")
    server.script("/api/v1/me/", Reply(misbehave=slowly))
    with pytest.raises(Unreachable, match=r"no response within 0\.1 s"):
        client.whoami()


def test_an_answer_that_is_too_large_is_not_read_to_its_end(server, connect):
    server.script("/api/v1/me/", Reply(body=b" " * 2_000_000))
    with pytest.raises(Unreachable, match="larger than 1 MiB"):
        connect(sizes=Sizes(ordinary=1024 * 1024)).whoami()


def test_the_limit_counts_what_is_unpacked(server, connect):
    bomb = Reply(body=gzip.compress(b" " * 5_000_000), headers={"Content-Encoding": "gzip"})
    server.script("/api/v1/me/", bomb)
    with pytest.raises(Unreachable, match="larger than 1 MiB"):
        connect(sizes=Sizes(ordinary=1024 * 1024)).whoami()


def test_an_answer_that_cannot_be_unpacked_is_reported(server, connect):
    server.script("/api/v1/me/", Reply(body=b"not gzip", headers={"Content-Encoding": "gzip"}))
    with pytest.raises(Unreachable, match="cannot be decompressed"):
        connect().whoami()


def test_an_address_that_http_cannot_use_is_reported(connect):
    with pytest.raises(Unreachable, match="not one that HTTP can use"):
        connect(url=f"http://{'a' * 64}.example.com").release()


def test_exports_may_be_larger_than_other_answers(connect):
    client = connect(sizes=Sizes(ordinary=10_000))
    assert len(client.export("dashboard", [1])) > 10_000


def test_half_an_answer_is_no_answer(server, connect):
    cut = Reply(misbehave=lambda connection: connection.sendall(HEAD + b'Content-Length: 99\r\n\r\n{"result"'))
    server.script("/api/v1/me/", *[cut] * 5)
    with pytest.raises(Unreachable, match="the connection was lost before the response was complete"):
        connect().whoami()


def test_what_does_not_speak_http_is_unreachable(server, connect):
    server.script("/version", *[Reply(misbehave=lambda connection: connection.sendall(b"220 mail ready\r\n"))] * 5)
    with pytest.raises(Unreachable):
        connect().release()


def test_proxies_and_netrc_of_the_environment_are_ignored(server, connect, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login eve password evil")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    connect().release()
    assert "Authorization" not in server.seen[0].headers


def test_plain_http_on_an_https_address_is_explained(server, connect):
    with pytest.raises(Unreachable, match="does not speak TLS"):
        connect(url=server.url.replace("http:", "https:")).release()


@pytest.fixture
def certificate(tmp_path):
    """The path of a certificate for 127.0.0.1 with its key, signed by itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + HOUR)
    signed = built.add_extension(address, critical=True).sign(key, hashes.SHA256())
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    path = tmp_path / "certificate.pem"
    path.write_bytes(signed.public_bytes(pem) + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return path


HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def secure(server, certificate):
    """The address of the same server over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    return server.url.replace("http:", "https:")


def test_a_certificate_that_nobody_vouches_for_is_refused(connect, secure):
    with pytest.raises(Unreachable, match="its certificate is not trusted") as refused:
        connect(url=secure).release()
    assert "CA bundle" in refused.value.next_step


def test_a_ca_bundle_of_the_environment_is_ignored(connect, secure, certificate, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with pytest.raises(Unreachable, match="its certificate is not trusted"):
        connect(url=secure).release()


def test_a_given_ca_bundle_makes_a_certificate_trusted(server, connect, secure, certificate):
    client = connect(url=secure, ca_bundle=str(certificate))
    client.import_bundle(Endpoint.ASSETS, b"PK")
    write = server.asked("POST", "/import/")[0]
    assert write.headers["Referer"] == f"{secure}/"


def test_a_ca_bundle_that_is_not_there_is_reported_at_once(connect, tmp_path):
    with pytest.raises(NotConfigured, match="dev: there is no CA bundle at"):
        connect(ca_bundle=str(tmp_path / "nowhere.pem"))


def test_a_ca_bundle_without_certificates_is_reported(connect, secure, tmp_path):
    (tmp_path / "empty.pem").write_text("nothing")
    with pytest.raises(Unreachable, match="the CA bundle holds no certificate"):
        connect(url=secure, ca_bundle=str(tmp_path / "empty.pem")).release()
