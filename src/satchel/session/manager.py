"""The life of a session in Redis: load (attach), get, save, close.

Round trips per call, on a warm connection: `save_session` 1, `get_session` 1, `load_session` 1 on an attached session,
else 3 to Redis and 2 transactions to the vault.
"""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable

import msgspec

from satchel.errors import (
    IdempotencyKeyExpired,
    Quarantined,
    SessionUnavailable,
)
from satchel.failpoints import reach
from satchel.ids import HolderId
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.inventory.model import InventorySessionDTO
from satchel.inventory.record import Record, SealedRecord, seal
from satchel.ports import Attaching, Conflict, Detached, JournalFull, Replayed, Saved, SaveOutcome, Unsure
from satchel.session.answers import Closed, Code, unexpected
from satchel.session.attach import Attacher
from satchel.session.backlog import records_of
from satchel.session.codec import SessionHead, action_mark, changed_fields, unpack_head, unpack_session
from satchel.session.keys import Keys
from satchel.session.limits import SessionLimits
from satchel.session.redis import Redis, Reply
from satchel.session.redis.script import Script
from satchel.telemetry import Metrics

__all__ = ["InventorySessionManager", "Peeked"]

ATTACH_ATTEMPTS = 40
ATTACH_PAUSE_S = 0.02
ATTACH_PAUSE_MAX_S = 0.1
"""All attempts together outlast the lock of an attacher that died."""


class Peeked(msgspec.Struct, frozen=True):
    """A session as it lies in Redis: its top, its state, its journal (oldest first), its time to live (-1: none)."""

    top: SessionHead
    session: InventorySessionDTO
    journal: list[SealedRecord]
    ttl_ms: int


class InventorySessionManager:
    """Reads and writes sessions.

    Args:
        redis: Where the sessions are.
        vault: Where sessions are loaded from.
        catalogue: What the rules look things up in.
        clock: Milliseconds since 1970.
        keys: Names of keys.
        limits: Bounds.
        metrics: What is counted.

    Attributes:
        attacher: Attaches sessions that are not bound to this server.
    """

    def __init__(
        self,
        redis: Redis,
        vault: Attaching,
        catalogue: Catalogue,
        clock: Callable[[], int],
        keys: Keys | None = None,
        limits: SessionLimits | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self.catalogue = catalogue
        self.limits = limits or SessionLimits()
        self.keys = keys or Keys()
        self.metrics = metrics or Metrics()
        self._redis = redis
        self.attacher = Attacher(redis, vault, clock, self.keys, self.limits, self.metrics)
        self._clock = clock
        self._local: OrderedDict[HolderId, InventorySessionDTO] = OrderedDict()
        self._read = Script("read", bound=True)
        self._commit = Script("commit", bound=True)
        self._close = Script("close")
        self._quarantine = Script("quarantine")

    # -- reading -------------------------------------------------------------------------------------------------------

    def recall(self, char_id: HolderId) -> InventorySessionDTO | None:
        """The process's own copy, without a trip. It may be stale: a save on it then conflicts, and nothing is lost.

        A refusal decided on it must be confirmed with `get_session` before anybody is told.
        """
        session = self._local.get(char_id)
        if session is not None:
            self._local.move_to_end(char_id)
        return session

    def keep(self, session: InventorySessionDTO) -> InventorySessionDTO:
        """Hold on to a copy as the process's own; the one that was used longest ago makes room."""
        self._local[session.char_id] = session
        self._local.move_to_end(session.char_id)
        if len(self._local) > self.limits.local_sessions_max:
            self._local.popitem(last=False)
        return session

    def forget(self, char_id: HolderId) -> None:
        """Drop the process's own copy; needed when a save on it had an unknown outcome."""
        self._local.pop(char_id, None)

    async def get_session(self, char_id: HolderId, action_id: str = "") -> InventorySessionDTO | Replayed | None:
        """Read a session from Redis: one round trip, and no more than a comparison if the own copy is the present one.

        Args:
            char_id: Whose session.
            action_id: An action id to look for at the same time.

        Returns:
            The session (the very same object as `recall` if nothing changed); or the record that the action id led to;
            or None when there is no attached session.

        Raises:
            IdempotencyKeyExpired: The action id was used, and its record is gone.
            SessionUnavailable: Redis is away.
            UnreadableSession: The document cannot be decoded.
        """
        mark = action_mark(action_id) if action_id else b""
        own = self._local.get(char_id)
        reply = await self._ask(char_id, own, mark)
        if reply[0] == Code.SAME:
            if own is not None and own is self._local.get(char_id):
                return own
            # An action took the copy meanwhile: it shows steps that may never be saved.
            reply = await self._ask(char_id, None, mark)
        match reply[0]:
            case Code.STATE:
                return self.keep(unpack_session(self.catalogue, char_id, reply[1]))
            case Code.REPLAYED:
                return Replayed(reply[1], reply[2].decode())
            case Code.EXPIRED:
                raise IdempotencyKeyExpired(idempotency_key=action_id)
            case Code.NO_SESSION | Code.ATTACH:
                self.forget(char_id)
                return None
        raise unexpected(reply)

    async def load_session(self, char_id: HolderId) -> InventorySessionDTO:
        """Read a session, attaching it from the vault if need be.

        Raises:
            CharacterNotFound: The vault has no such character.
            SessionUnavailable: Redis is away, or others kept attaching.
            VaultUnavailable: The vault had to be asked and is away.
        """
        token = ""
        for attempt in range(ATTACH_ATTEMPTS):
            session = await self.get_session(char_id)
            if isinstance(session, InventorySessionDTO):
                return session
            token = token or secrets.token_hex(8)
            if await self.attacher.lock(char_id, token):
                reach("attach.after_lock")
                try:
                    attached = await self.attach(char_id)
                finally:
                    reach("attach.before_unlock")
                    await self.attacher.unlock(char_id, token)
                # An action may have taken it meanwhile: then it shows steps that may never be saved.
                if attached is not None and attached is self._local.get(char_id):
                    return attached
            else:
                await asyncio.sleep(min(ATTACH_PAUSE_S * (attempt + 1), ATTACH_PAUSE_MAX_S))
        raise SessionUnavailable(reason="others kept attaching", char_id=char_id)

    async def attach(self, char_id: HolderId, *, give_up: bool = False) -> InventorySessionDTO | None:
        """Bind the session to this server and a new epoch; see `Attacher.attach`.

        Returns:
            The session, or None if another attach was ahead.
        """
        state = await self.attacher.attach(char_id, give_up=give_up)
        return None if state is None else self.keep(unpack_session(self.catalogue, char_id, state))

    # -- writing -------------------------------------------------------------------------------------------------------

    async def save_session(
        self, session: InventorySessionDTO, record: Record, *, surely_new: bool = False
    ) -> SaveOutcome:
        """Save the changes of a record; one script call.

        Args:
            session: The copy that was decided on; it shows the changes already.
            record: What is saved, and what the journal keeps; its version is the session's plus one.
            surely_new: Whether its action id is known to be unused, however little the session remembers.

        Returns:
            What came of it. The process keeps its copy only after `Saved`, and takes the present one after `Conflict`.

        Raises:
            Quarantined: An operator has to look at it first.
            IdempotencyKeyExpired: The action id was used, and its record is gone.
            SessionUnavailable: Redis is away (then the outcome is unknown), or the session is in a state that this
                release does not know.
        """
        char_id, keys = session.char_id, self.keys.of(session.char_id)
        sealed = seal(session.h, record)
        removed, written = changed_fields(record)
        now_ms = record.at_ms
        self.forget(char_id)
        reach("commit.before_send")
        reply = await self._commit.run(
            self._redis,
            (keys.session, keys.journal, keys.marks, keys.due, keys.dirty),
            session.epoch,
            session.version,
            session.h,
            action_mark(record.action_id),
            record.version,
            sealed.h,
            sealed.json,
            now_ms,
            now_ms + self.limits.flush_delay_ms,
            char_id,
            self.limits.journal_records_max,
            "1" if surely_new else "",
            len(removed),
            *removed,
            *written,
        )
        reach("commit.after_reply")
        match reply[0]:
            case Code.OK:
                session.version, session.h = sealed.version, sealed.h
                self.keep(session)
                if len(reply) > 1:
                    reach("commit.before_hint")
                    await self._redis.publish(self.keys.hints, keys.bucket)
                return Saved(record, sealed.json, sealed.h)
            case Code.CONFLICT:
                return Conflict(self.keep(unpack_session(self.catalogue, char_id, reply[1])))
            case Code.REPLAYED:
                return Replayed(reply[1], reply[2].decode())
            case Code.NO_SESSION | Code.ATTACH:
                return Detached()
            case Code.JOURNAL_FULL:
                return JournalFull()
            case Code.FORGOTTEN:
                return Unsure()
            case Code.EXPIRED:
                raise IdempotencyKeyExpired(idempotency_key=record.action_id)
            case Code.QUARANTINED:
                raise Quarantined(char_id=char_id)
            case Code.STATE_UNKNOWN:
                raise SessionUnavailable(reason="the session is in an unknown state", char_id=char_id)
        raise unexpected(reply)

    async def close_session(self, char_id: HolderId) -> bool:
        """Remove a session that the vault has in full.

        Returns:
            False if it has changes that the vault lacks; True if it is gone.
        """
        keys = self.keys.of(char_id)
        self.forget(char_id)
        reach("close.before_send")
        reply = await self._close.run(
            self._redis, (keys.session, keys.journal, keys.marks, keys.due, keys.dirty), char_id
        )
        reach("close.after_reply")
        return bool(reply[0] != Closed.STILL_DIRTY)

    async def quarantine(self, char_id: HolderId, reason: str | None) -> None:
        """Keep actions away from a session, or (None) let them in again."""
        keys = self.keys.of(char_id)
        await self._quarantine.run(
            self._redis, (keys.session, keys.due, keys.dirty), reason or "", char_id, self._clock()
        )

    # -- looking -------------------------------------------------------------------------------------------------------

    async def peek(self, char_id: HolderId) -> Peeked | None:
        """Read a session as it lies in Redis, attached or not, for people; None if there is none."""
        keys = self.keys.of(char_id)
        state, entries, ttl_ms = await self._redis.execute_all(
            [("HGETALL", keys.session), ("XRANGE", keys.journal, "-", "+"), ("PTTL", keys.session)]
        )
        if not state:
            return None
        return Peeked(unpack_head(state), unpack_session(self.catalogue, char_id, state), records_of(entries), ttl_ms)

    # -- parts ---------------------------------------------------------------------------------------------------------

    async def _ask(self, char_id: HolderId, own: InventorySessionDTO | None, mark: bytes) -> list[Reply]:
        keys = self.keys.of(char_id)
        head = ("", "", "") if own is None else (own.epoch, own.version, own.h)
        reach("read.before_send")
        reply = await self._read.run(self._redis, (keys.session, keys.journal, keys.marks), *head, mark)
        reach("read.after_reply")
        return reply
