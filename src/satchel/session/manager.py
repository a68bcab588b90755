"""The life of a session in Redis: load (attach), get, save, close.

Round trips on an open connection: `save_session` takes 1, and so does `get_session`. `load_session` takes 1 if the
session is attached. Otherwise it reads once, locks, attaches (see `Attacher.attach`) and unlocks.
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
"""All pauses together are longer than the lock of an attacher that died."""


class Peeked(msgspec.Struct, frozen=True):
    """A session as it is in Redis.

    Attributes:
        top: What the protocol compares and sets.
        session: The inventory.
        journal: Its records, oldest first.
        ttl_ms: Its time to live; -1 if it has none.
    """

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
        metrics: Counts attaches and forks.

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
        """Find the process's own copy, without a round trip.

        It may be stale. A save on a stale copy conflicts, so nothing is lost. A refusal that was decided on it must be
        confirmed with `get_session` before the caller is told.
        """
        session = self._local.get(char_id)
        if session is not None:
            self._local.move_to_end(char_id)
        return session

    def keep(self, session: InventorySessionDTO) -> InventorySessionDTO:
        """Keep a session as the process's own copy; the least recently used one makes room."""
        self._local[session.char_id] = session
        self._local.move_to_end(session.char_id)
        if len(self._local) > self.limits.local_sessions_max:
            self._local.popitem(last=False)
        return session

    def forget(self, char_id: HolderId) -> None:
        """Drop the process's own copy, as is needed when the outcome of a save on it is unknown."""
        self._local.pop(char_id, None)

    async def get_session(self, char_id: HolderId, action_id: str = "") -> InventorySessionDTO | Replayed | None:
        """Read a session from Redis in one round trip; if the own copy is the present state, Redis only compares.

        Args:
            char_id: Whose session.
            action_id: An action id to look up at the same time.

        Returns:
            The session: the same object as `recall` if nothing changed. If the action id was saved, its record. None
            if there is no attached session.

        Raises:
            IdempotencyKeyExpired: The action id was used, but its record is gone.
            SessionUnavailable: Redis is away.
            UnreadableSession: The session cannot be decoded.
        """
        mark = action_mark(action_id) if action_id else b""
        own = self._local.get(char_id)
        reply = await self._ask(char_id, own, mark)
        if reply[0] == Code.SAME:
            if own is not None and own is self._local.get(char_id):
                return own
            # While we waited for the reply, an action took the copy and stepped on it. Its steps may never be saved, so
            # they must not be shown: read the saved state instead.
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
        """Read a session, and attach it first if it is not attached.

        Raises:
            CharacterNotFound: The vault has no such character.
            SessionUnavailable: Redis is away, or other tasks kept attaching.
            VaultUnavailable: The vault was needed and is away.
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
                # As in `get_session`: while we gave the lock back, an action may have taken the copy.
                if attached is not None and attached is self._local.get(char_id):
                    return attached
            else:
                await asyncio.sleep(min(ATTACH_PAUSE_S * (attempt + 1), ATTACH_PAUSE_MAX_S))
        raise SessionUnavailable(reason="others kept attaching", char_id=char_id)

    async def attach(self, char_id: HolderId, *, give_up: bool = False) -> InventorySessionDTO | None:
        """Bind a session to this server and a new epoch; see `Attacher.attach`.

        Returns:
            The session, or None if another attach was ahead.
        """
        state = await self.attacher.attach(char_id, give_up=give_up)
        return None if state is None else self.keep(unpack_session(self.catalogue, char_id, state))

    # -- writing -------------------------------------------------------------------------------------------------------

    async def save_session(
        self, session: InventorySessionDTO, record: Record, *, surely_new: bool = False
    ) -> SaveOutcome:
        """Save the changes of a record in one script call.

        Args:
            session: The copy that was decided on; it shows the changes already.
            record: What to save. Its version is the session's plus one.
            surely_new: The caller knows that the action id is unused, even where the session has forgotten marks.

        Returns:
            The outcome. The process keeps its copy only after `Saved`; after `Conflict` it keeps the present state.

        Raises:
            Quarantined: An operator has to look at the character first.
            IdempotencyKeyExpired: The action id was used, but its record is gone.
            SessionUnavailable: Redis is away and the outcome is unknown, or the session is in a state that this release
                does not know.
        """
        char_id, keys = session.char_id, self.keys.of(session.char_id)
        sealed = seal(session.h, record)
        removed, written = changed_fields(record)
        now_ms = record.at_ms
        # The copy already shows the changes. If the save fails or is cancelled, no read may return it.
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
        """Remove a session if the vault holds all of it.

        Returns:
            True if the session is gone; False if the vault lacks some of its changes.
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
        """Keep actions away from a session; with None, let them in again."""
        keys = self.keys.of(char_id)
        await self._quarantine.run(
            self._redis, (keys.session, keys.due, keys.dirty), reason or "", char_id, self._clock()
        )

    # -- looking -------------------------------------------------------------------------------------------------------

    async def peek(self, char_id: HolderId) -> Peeked | None:
        """Read a session as it is in Redis, attached or not, for operators; None if there is none."""
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
