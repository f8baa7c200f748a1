"""Where a process number means something, and what people are told of it."""

from __future__ import annotations

import socket

import pytest

from apps.tasks.models import Task, Worker
from apps.tasks.worker import processes


@pytest.fixture
def host_of(tmp_path, monkeypatch):
    """What a process says of its host on a machine of this start, in the container of this namespace."""

    def ask(boot, space):
        folder = tmp_path / boot / space
        (folder / "self/ns").mkdir(parents=True)
        (folder / "self/ns/pid").symlink_to(space)
        (folder / "sys/kernel/random").mkdir(parents=True)
        (folder / "sys/kernel/random/boot_id").write_text(f"{boot}-6a83-4029-a541-5d5815ff40d4\n")
        monkeypatch.setattr(processes, "PROC", folder)
        return processes.host.__wrapped__()

    return ask


def test_two_machines_or_containers_of_one_name_are_two_hosts(host_of):
    first, second, third = "pid:[4026531836]", "pid:[4026531836]", "pid:[4026532201]"
    hosts = {host_of("ec4bc0e2", first), host_of("0a1b2c3d", second), host_of("0a1b2c3d", third)}
    assert len(hosts) == 3


def test_hosts_without_an_identifier_go_by_name(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "PROC", tmp_path)
    assert processes.host.__wrapped__() == socket.gethostname()


def test_people_are_told_the_name_alone(host_of):
    host = host_of("ec4bc0e2", "pid:[4026531836]")
    assert (Task(host=host).machine, Worker(host=host).machine) == (socket.gethostname(), socket.gethostname())
    assert str(Worker(host=host, pid=7)) == f"worker 7 on {socket.gethostname()}"


def test_the_longest_name_fits_into_its_columns(host_of, monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "h" * 64)
    host = host_of("ec4bc0e2", "pid:[4026531836]")
    for row in (Task(host=host), Worker(host=host)):
        row.clean_fields(exclude={each.name for each in row._meta.fields} - {"host"})
