from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from satchel.bot.callbacks import DATA_MAX, Callback, CallbackUnreadable, Place, Verb, Where, item_of, short_id

NUMBERS = st.integers(0, 2**53 - 1)
SMALL = st.integers(0, 2**14 - 1)
UIDS = st.uuids().map(str)
PLACES = st.builds(Place, st.sampled_from(Where), SMALL, SMALL, st.integers(0, 15), SMALL)
CALLBACKS = st.builds(
    Callback,
    verb=st.sampled_from(Verb),
    char_id=st.integers(1, 2**53 - 1),
    version=NUMBERS,
    item=st.one_of(st.just(""), UIDS),
    number=NUMBERS,
    place=PLACES,
    on_card=st.booleans(),
)


@given(CALLBACKS)
def test_a_callback_is_read_as_it_was_written_and_fits_telegrams_limit(callback: Callback) -> None:
    data = callback.pack()

    assert len(data.encode()) <= DATA_MAX
    assert Callback.unpack(data) == callback


def test_the_longest_callback_there_can_be_fits_exactly() -> None:
    largest, small = 2**53 - 1, 2**14 - 1
    place = Place(Where.PICK, small, small, 15, small)
    callback = Callback(Verb.SORT, largest, largest, str(UUID(int=2**128 - 1)), largest, place, on_card=True)

    assert len(callback.pack()) == DATA_MAX


@given(st.text(max_size=80))
def test_foreign_data_is_refused_or_read_never_a_crash(data: str) -> None:
    try:
        callback = Callback.unpack(data)
    except CallbackUnreadable:
        return
    assert callback.char_id > 0


@pytest.mark.parametrize("data", ["", "A", "item:5:equip", "////", "ß", "AAAA"])
def test_data_of_no_callback_is_refused(data: str) -> None:
    with pytest.raises(CallbackUnreadable):
        Callback.unpack(data)


@pytest.mark.parametrize(
    "callback",
    [
        Callback(Verb.DOLL, 2**53),
        Callback(Verb.DOLL, 1, version=-1),
        Callback(Verb.LIST, 1, place=Place(Where.BAG, page=2**14)),
        Callback(Verb.LIST, 1, place=Place(Where.BAG, sort=16)),
    ],
)
def test_numbers_out_of_bounds_are_refused_when_written(callback: Callback) -> None:
    with pytest.raises(ValueError, match="out of bounds"):
        callback.pack()


@given(UIDS)
def test_a_short_id_is_letters_and_digits_and_leads_back_to_the_item(uid: str) -> None:
    short = short_id(uid)

    assert len(f"/item_{short}") <= 33
    assert short.isascii()
    assert short.isalnum()
    assert item_of(short) == uid


@pytest.mark.parametrize("text", ["", "short", "z" * 22, "a" * 21 + "-", "a" * 23])
def test_what_is_no_short_id_leads_nowhere(text: str) -> None:
    assert item_of(text) is None
