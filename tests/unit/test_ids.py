from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from satchel.access import KEY_AGE_MAX_MS, check_age
from satchel.errors import IdempotencyKeyExpired
from satchel.ids import uid_bytes, uid_text, uuid7_time

MADE = "0193a2b4c5d6"
UUID7 = "0193a2b4-c5d6-7abc-9def-0123456789ab"
OTHER_VARIANT = "0193a2b4-c5d6-7abc-cdef-0123456789ab"


@given(st.uuids())
def test_uid_is_written_and_packed_as_the_standard_library_does(uid: UUID) -> None:
    assert uid_text(uid.bytes) == str(uid)
    assert uid_bytes(str(uid)) == uid_bytes(uid.hex) == uid.bytes


@pytest.mark.parametrize("key", [UUID7, UUID7.upper()])
def test_uuid7_tells_when_it_was_made(key: str) -> None:
    made = uuid7_time(key)

    assert made is not None
    assert made.lower() == MADE


@pytest.mark.parametrize(
    "key",
    [
        "",
        "plain",
        OTHER_VARIANT,
        UUID7.replace("-7", "-4"),
        UUID7 + "0",
        " " + UUID7,
        UUID7.replace("-", ""),
        UUID7[:-1],
    ],
)
def test_what_is_not_a_uuid7_tells_no_time(key: str) -> None:
    assert uuid7_time(key) is None


def test_only_a_uuid7_can_be_too_old() -> None:
    late = int(MADE, 16) + KEY_AGE_MAX_MS

    check_age(UUID7, late)
    check_age(OTHER_VARIANT, late + 1)
    with pytest.raises(IdempotencyKeyExpired):
        check_age(UUID7, late + 1)
