"""What somebody does who has the database in hand, and what `verify` says then."""

from __future__ import annotations

from django.db import connection, transaction

from apps.audit import chain, head
from apps.audit.models import AuditEntry
from apps.audit.services import record

COLUMNS = [str(field.column) for field in AuditEntry._meta.concrete_fields]


def sql(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def deeds(author, number, start=0):
    made = [record(actor=author, action=f"deed.{each}", target=author) for each in range(start, start + number)]
    chain.seal()
    return made


def faults():
    found = chain.verify()
    assert not (found.faults and found.holds)
    return " ".join(found.faults)


def doubts():
    found = chain.verify()
    assert not (found.doubts and found.holds)
    return " ".join(found.doubts)


def head_file():
    return head.heads()[0].file
