from apps.superset.tests.test_writer import *
from apps.superset.errors import BundleRefused
from apps.superset import readback

class Once(FakeSuperset):
    n = 0
    def import_assets(self, bundle):
        self.n += 1
        if self.n == 2:
            raise BundleRefused("no", environment="prod")
        super().import_assets(bundle)

def test_i():
    world = World(SALES)
    planned = world.plan()
    world.prod.__class__ = Once
    with pytest.raises(BundleRefused):
        world.apply(planned)
    world.prod.__class__ = Silenced
    with pytest.raises(OutcomeUnknown):
        world.apply(planned)
    print(outcomes(world))
    world.prod.__class__ = FakeSuperset
    writes = world.ledger.open_writes(planned)
    found, inventory = readback.look({c.key for c in planned.plan.changes}, world.prod)
    seen = [readback.arrival(w, found, inventory) for w in writes]
    print(seen)
    assert readback.Arrival.ARRIVED not in seen
