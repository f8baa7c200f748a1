"""What `make bench-scale` writes, and how its users bear a server that closes their connection."""

from __future__ import annotations

import socket
import threading
from contextlib import closing

import pytest

from rig.bench.scale.report import BEGIN, END, Measured, Used, Worked, keep
from rig.bench.speed.installation import Server
from rig.bench.speed.pages import Request
from rig.bench.speed.people import Answer, Person

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
ASKED = Request("tasks", "tasks")
FACTS = {"people": [{"name": "ada", "cookie": "a=b"}]}


def test_the_tables_of_the_run_before_are_replaced(tmp_path):
    document = tmp_path / "scaling.md"
    document.write_text(f"before\n{BEGIN}\nold\n{END}\nafter")
    answers = [*(Answer(ASKED, seconds, 100) for seconds in (0.010, 0.020, 0.200)), Answer(ASKED, 9, 0, failed=True)]
    measured = Measured(
        database="PostgreSQL 15",
        backlog=300,
        paced=50,
        rate=5,
        think=1,
        seconds=10,
        loads=(1.0, 2.0),
        worked=[Worked(2, 12.34, [0.1, 0.2, 0.3])],
        used=[Used(50, 2, answers, 1.5, 0.5, 0.25)],
    )
    keep(measured, document)
    text = document.read_text()
    assert (text.startswith("before\n"), text.endswith("after"), "old" in text) == (True, True, False)
    assert "| 2 | 12.3 | 200 | 290 |" in text
    assert "| 50 | 2 | 2 | 20 | 182 | 1 | 0.50 | 0.25 |" in text


@pytest.fixture
def server():
    """Closes the first connections, as many as `closes` says, and answers on the next one."""
    door = socket.create_server(("127.0.0.1", 0))

    def serve(closes):
        def work():
            for _ in range(closes):
                door.accept()[0].close()
            line, _ = door.accept()
            with closing(line):
                line.recv(10_000)
                line.sendall(ANSWER)

        threading.Thread(target=work, daemon=True).start()
        return Server(0, f"http://127.0.0.1:{door.getsockname()[1]}", 0.0)

    yield serve
    door.close()


@pytest.mark.parametrize(("closes", "failed"), [(0, False), (1, False), (2, True)])
def test_a_user_asks_once_more_on_a_new_connection(server, closes, failed):
    with closing(Person(server(closes), FACTS, 7)) as person:
        answer = person.ask_as_a_browser(ASKED)
    assert (answer.failed, answer.size) == (failed, 0 if failed else 2)
