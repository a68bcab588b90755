from satchel.errors import RequirementsNotMet
from satchel.inventory.actions import Equip, UpdateCharacter
from satchel.inventory.changes import CharacterChange
from satchel.inventory.character import Character
from tests.builders import HERO, Bench


def test_what_is_not_given_stays() -> None:
    bench = Bench()

    proposal = bench.act(UpdateCharacter(level=21))

    after = Character(HERO.owner, HERO.name, 21, HERO.attributes)
    assert bench.session.character == after
    assert proposal.character_change() == CharacterChange(HERO, after)


def test_every_field_can_be_changed() -> None:
    bench = Bench()

    bench.act(UpdateCharacter(owner="tg:2", name="Bo", level=0, attributes={"class": "ranger"}))

    assert bench.session.character == Character("tg:2", "Bo", 0, {"class": "ranger"})


def test_giving_what_is_there_already_is_no_change() -> None:
    assert Bench().act(UpdateCharacter(level=HERO.level)).character_change() is None


def test_what_is_worn_stays_worn_whatever_it_requires() -> None:
    bench = Bench()
    bench.has("warden_plate", slot="chest")

    bench.act(UpdateCharacter(level=1, attributes={}))

    assert bench.worn("chest") == "warden_plate"


def test_a_batch_sees_the_character_that_it_made() -> None:
    bench = Bench(character=Character("tg:1", "Bo", 1))
    plate = bench.has("warden_plate")

    bench.refused(RequirementsNotMet, Equip(item_id=plate))
    bench.act(UpdateCharacter(level=8, attributes={"strength": 14}), Equip(item_id=plate))

    assert bench.worn("chest") == "warden_plate"
