"""Large tasks run one at a time where memory is short, and small ones beside them."""

from __future__ import annotations

import os
import signal

import pytest

from apps.tasks.models import Task, TaskState
from apps.tasks.tests.factories import start
from apps.tasks.tests.real_worker import Place, RealWorker, followed
from apps.tasks.worker.claims import claim
from apps.tasks.worker.seats import Seats, affordable, memory_limit

MB = 1_000_000


@pytest.fixture
def seats():
    """Makes seats, which are closed after the test."""
    made = []

    def make(number=None):
        made.append(Seats(number))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def taking():
    """Starts a process that tries to take a seat, says whether it has one, and waits."""
    processes = []

    def take(seats):
        reader, writer = os.pipe()
        process = os.fork()
        if process == 0:
            os.write(writer, b"1" if seats.take() else b"0")
            signal.pause()
        processes.append(process)
        os.close(writer)
        with os.fdopen(reader, "rb") as said:
            return process, said.read(1) == b"1"

    yield take
    for process in processes:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


class TestSeats:
    def test_what_a_process_has_taken_is_free_again_when_it_leaves(self, seats):
        one = seats(1)
        assert (one.free, one.take()) == (True, True)
        one.leave()
        assert one.free

    def test_each_process_takes_another_and_the_last_one_gets_none(self, seats, taking):
        two = seats(2)
        assert [taking(two)[1] for _ in range(3)] == [True, True, False]

    def test_a_process_that_was_killed_gives_its_seat_back(self, seats, taking):
        one = seats(1)
        process, _ = taking(one)
        assert not one.free
        os.kill(process, signal.SIGKILL)
        os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)
        assert one.free

    def test_without_a_number_there_is_always_one(self, seats):
        any_number = seats()
        assert [any_number.take() for _ in range(20)] == [True] * 20


class TestHowMany:
    @pytest.mark.parametrize(
        ("limit", "number"), [(None, 4), (60 * MB, 1), (134 * MB, 1), (145 * MB, 2), (185 * MB, 3), (8000 * MB, 4)]
    )
    def test_as_many_as_fit(self, limit, number):
        assert affordable(limit, 4) == number

    @pytest.mark.parametrize(
        ("lines", "files", "limit"),
        [
            ("0::/a.service", {"a.service/memory.max": "104857600"}, 104857600),
            ("0::/up/a.service", {"up/memory.max": "2000", "up/a.service/memory.max": "max"}, 2000),
            ("0::/", {"memory.max": "max"}, None),
            ("0::/", {}, None),
            ("9:cpu:/\n4:memory:/docker/abc\n0::/", {"memory/memory.limit_in_bytes": "5000"}, 5000),
            ("4:memory:/x", {"memory/x/memory.limit_in_bytes": "9223372036854771712"}, None),
        ],
    )
    def test_the_limit_is_that_of_the_control_group(self, tmp_path, lines, files, limit):
        (tmp_path / "own").write_text(lines + "\n")
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text + "\n")
        assert memory_limit(tmp_path / "own", tmp_path) == limit

    def test_where_there_are_no_control_groups_there_is_no_limit(self, tmp_path):
        assert memory_limit(tmp_path / "own", tmp_path) is None


@pytest.mark.usefixtures("transactional_db", "probe")
class TestTasks:
    def test_without_a_seat_a_large_one_is_left_and_the_next_one_taken(self, author):
        large, small = start(author, "fill", port=1), start(author, "say", text="hello")
        assert claim(seat=False) == small
        assert claim(seat=False) is None
        assert claim() == large

    def test_a_worker_runs_one_after_the_other_and_small_ones_beside_them(self, author, plugins_path, data_dir):
        place = Place()
        worker = RealWorker(plugins_path, data_dir, {"LOCKSTEP_LARGE_TASKS": "1"}, processes=3)
        try:
            first, second = (start(author, "fill", port=place.port) for _ in range(2))
            running = place.meet()
            assert running.task == first.pk
            small = start(author, "say", text="hello")
            assert followed(small).state == TaskState.SUCCEEDED
            worker.works_on_one()
            assert Task.objects.get(pk=second.pk).state == TaskState.QUEUED

            running.say("done")
            assert followed(first).state == TaskState.SUCCEEDED
            running = place.meet()
            assert running.task == second.pk
            running.say("done")
            assert followed(second).state == TaskState.SUCCEEDED
        finally:
            worker.close()
            place.close()

    def test_a_killed_one_does_not_keep_the_next_one_back(self, author, plugins_path, data_dir):
        place = Place()
        worker = RealWorker(plugins_path, data_dir, {"LOCKSTEP_LARGE_TASKS": "1"})
        try:
            first, second = (start(author, "fill", port=place.port) for _ in range(2))
            running = place.meet()
            assert running.task == first.pk
            os.kill(Task.objects.get(pk=first.pk).pid or 0, signal.SIGKILL)
            running.wait_for_death()
            running = place.meet()
            assert running.task == second.pk
            running.say("done")
            assert followed(second).state == TaskState.SUCCEEDED
        finally:
            worker.close()
            place.close()
