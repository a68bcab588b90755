from satchel.errors import ItemNotFound
from satchel.inventory.actions import Drop, Restore, TakeBack
from tests.builders import Bench


def test_what_was_dropped_before_a_restore_cannot_be_taken_back_after_it() -> None:
    bench = Bench()
    bench.has("bread", 10)
    before = tuple(bench.session.items.values())
    bench.act(Drop(item_id=before[0].id, quantity=3))
    (part,) = bench.session.shelf

    bench.act(Restore(version=1, items=before, wallet={}))

    assert bench.quantities("bread") == [10]
    assert bench.refused(ItemNotFound, TakeBack(item_id=part)) == {"item_id": part}
