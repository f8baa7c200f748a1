import pytest
from apps.migrations.tests.factories import BIRTHS, Failing
from apps.migrations.models import Migration, Write
from apps.migrations import told
from apps.migrations.services.planning import replan
from apps.superset.errors import *
from apps.superset.protocol import Silent
from apps.superset.tests.fake_superset import FakeSuperset

def test_m(stage):
    migration = stage.plan()
    stage.prod.__class__ = Failing
    with pytest.raises(ServerFault):
        stage.apply(migration)
    stage.prod.__class__ = FakeSuperset
    stage.prod.document(BIRTHS)["dashboard_title"] = "by a colleague"
    with pytest.raises(PlanStale) as e, told.with_undo(migration):
        stage.apply(migration)
    print("SAID", e.value)
    try:
        replan(actor=stage.author, migration=migration, reporter=Silent(), database_pairs=[])
    except Exception as x:
        print("REPLAN", repr(x))
