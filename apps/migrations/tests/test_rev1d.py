import pytest
from apps.migrations.tests.factories import BIRTHS, Forgetful
from apps.migrations.tests.test_outcomes import let_time_pass, look
from apps.migrations.models import Write
from apps.migrations.states import left_on_target, status_of
from apps.superset.errors import NotVerified
from apps.superset.tests.fake_superset import FakeSuperset
from apps.audit.models import AuditEntry

def test_written_but_not_verified_keeps_its_undo(stage, settings):
    stage.apply(stage.plan())
    stage.rename_in_dev("Births 2")
    migration = stage.plan()
    stage.prod.__class__ = Forgetful
    with pytest.raises(NotVerified):
        stage.apply(migration)
    stage.prod.__class__ = FakeSuperset
    print("TITLE", stage.prod.document(BIRTHS)["dashboard_title"], [w.state for w in Write.objects.filter(run__migration=migration)])
    let_time_pass(settings)
    look(stage)
    print([w.state for w in Write.objects.filter(run__migration=migration)], AuditEntry.objects.filter(action="migration.outcome").values_list("after", flat=True))
    from apps.superset.stages import Choice
    stage.roll_back(migration, choice=Choice.FORCE, reason="x")
    assert stage.prod.document(BIRTHS)["dashboard_title"] == "USA Births Names"
