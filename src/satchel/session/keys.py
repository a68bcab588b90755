"""The names of all keys, built here and nowhere else.

Every key of a character carries its bucket in braces. So its session, journal and marks share a cluster slot with the
bucket's indexes, and one script may touch them all.
"""

from functools import lru_cache
from zlib import crc32

import msgspec

from satchel.ids import HolderId
from satchel.ports import BUCKETS

__all__ = ["CharacterKeys", "Keys"]

NAMES_KEPT = 16_384
"""How many characters' names are remembered."""


class CharacterKeys(msgspec.Struct, frozen=True, gc=False):
    """The keys of one character, and of its bucket.

    | key | what it holds |
    |---|---|
    | `session` | a hash: the head, flags, one field per item and balance |
    | `journal` | a stream with one entry per save, whose id is the version |
    | `marks` | a sorted set: marks of action ids, scored with the version that they made |
    | `due` | the bucket's sorted set of dirty sessions by the ms since 1970 at which the next flush is due |
    | `dirty` | the same by the ms since 1970 since which they are unsaved |
    | `lock` | the token of the attach under way |
    """

    session: str
    journal: str
    marks: str
    due: str
    dirty: str
    lock: str
    bucket: int


class Keys:
    """Builds the names of one namespace.

    Args:
        namespace: Prefix of every key. Two deployments on one Redis need two namespaces.
    """

    def __init__(self, namespace: str = "satchel") -> None:
        self.namespace = namespace
        # Without the cache, building these names is the slowest part of a save before it is sent.
        self.of = lru_cache(NAMES_KEPT)(self._of)

    @property
    def deployment(self) -> str:
        """Hash that binds the namespace: number of buckets, id of the vault, format of sessions, game."""
        return f"{self.namespace}:deployment"

    @property
    def hints(self) -> str:
        """Channel for hints: the numbers of buckets with new work."""
        return f"{self.namespace}:hints"

    def bucket_of(self, char_id: HolderId) -> int:
        """The bucket of a character."""
        return crc32(str(char_id).encode()) % BUCKETS

    def prefix(self, bucket: int) -> str:
        """The beginning of all keys of a bucket."""
        return f"{self.namespace}:{{{bucket:02x}}}:"

    def due(self, bucket: int) -> str:
        """The bucket's index of dirty sessions by the time of their next flush."""
        return self.prefix(bucket) + "due"

    def dirty(self, bucket: int) -> str:
        """The bucket's index of dirty sessions by the time since which they are unsaved."""
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
        """Key of the facts that the game told ahead of actions."""
        return f"{self.prefix(self.bucket_of(char_id))}x:{char_id}"

    @property
    def every_session_and_fork(self) -> str:
        """Pattern for SCAN that finds all sessions and forks."""
        return f"{self.namespace}:{{*}}:[sf]:*"

    def read(self, name: bytes) -> tuple[HolderId, int | None]:
        """Read the name of a session or fork: the character, and the epoch if it is a fork."""
        kind, char_id, *epoch = name.decode().rsplit("}:", 1)[1].split(":")
        return HolderId(int(char_id)), int(epoch[0]) if kind == "f" else None

    def fork(self, char_id: HolderId, epoch: int) -> str:
        """Key under which a journal that lost is set aside until the vault has it."""
        return f"{self.prefix(self.bucket_of(char_id))}f:{char_id}:{epoch}"
