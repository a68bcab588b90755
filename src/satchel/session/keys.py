"""The names of all keys, built here and nowhere else.

Every key of a character carries its bucket in braces, so that session, journal, marks and the bucket's indexes share
one cluster slot and one script may touch them together.
"""

from functools import lru_cache
from zlib import crc32

import msgspec

from satchel.ids import HolderId
from satchel.ports import BUCKETS

__all__ = ["CharacterKeys", "Keys"]

NAMES_KEPT = 16_384
"""Most characters whose names are remembered."""


class CharacterKeys(msgspec.Struct, frozen=True, gc=False):
    """The keys of one character, and of its bucket.

    `session` is a hash: head, flags, and one field per item and balance. `journal` is a stream with one entry per save,
    whose id is the version. `marks` is a sorted set: digest of an action id, scored with its version. `due` and `dirty`
    are the bucket's indexes of sessions to flush: when next, and unsaved since when (both in ms since 1970).
    """

    session: str
    journal: str
    marks: str
    due: str
    dirty: str
    lock: str
    bucket: int


class Keys:
    """Builds names below one namespace.

    Args:
        namespace: Prefix of every key; two deployments on one Redis need two.
    """

    def __init__(self, namespace: str = "satchel") -> None:
        self.namespace = namespace
        # Building six names takes longer than all else that a hot character's save does before it is sent.
        self.of = lru_cache(NAMES_KEPT)(self._of)

    @property
    def deployment(self) -> str:
        """Hash with what this namespace was made with: the number of buckets and the vault's id."""
        return f"{self.namespace}:deployment"

    @property
    def hints(self) -> str:
        """Channel on which buckets with new work are named."""
        return f"{self.namespace}:hints"

    def bucket_of(self, char_id: HolderId) -> int:
        """The bucket of a character."""
        return crc32(str(char_id).encode()) % BUCKETS

    def prefix(self, bucket: int) -> str:
        """What all keys of a bucket begin with."""
        return f"{self.namespace}:{{{bucket:02x}}}:"

    def due(self, bucket: int) -> str:
        """The bucket's index of sessions by the time of their next flush."""
        return self.prefix(bucket) + "due"

    def dirty(self, bucket: int) -> str:
        """The bucket's index of sessions by the time since which they are unsaved."""
        return self.prefix(bucket) + "dirty"

    def _of(self, char_id: HolderId) -> CharacterKeys:
        """All keys of one character."""
        bucket = self.bucket_of(char_id)
        prefix = self.prefix(bucket)
        return CharacterKeys(
            session=f"{prefix}s:{char_id}",
            journal=f"{prefix}j:{char_id}",
            marks=f"{prefix}a:{char_id}",
            due=prefix + "due",
            dirty=prefix + "dirty",
            lock=f"{prefix}l:{char_id}",
            bucket=bucket,
        )

    def facts(self, char_id: HolderId) -> str:
        """Where facts are kept that the game told ahead of actions."""
        return f"{self.prefix(self.bucket_of(char_id))}x:{char_id}"

    @property
    def every_session_and_fork(self) -> str:
        """Pattern that the names of all sessions and forks fit, and no others."""
        return f"{self.namespace}:{{*}}:[sf]:*"

    def read(self, name: bytes) -> tuple[HolderId, int | None]:
        """Read the name of a session or of a fork: whose it is, and the epoch if it is a fork's."""
        kind, char_id, *epoch = name.decode().rsplit("}:", 1)[1].split(":")
        return HolderId(int(char_id)), int(epoch[0]) if kind == "f" else None

    def fork(self, char_id: HolderId, epoch: int) -> str:
        """Where the journal of a history that lost is set aside until the vault has it."""
        return f"{self.prefix(self.bucket_of(char_id))}f:{char_id}:{epoch}"
