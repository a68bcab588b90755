"""Attach: bind a session to this Redis server and a new epoch. Cold load, restart and failover all take this path.

It opens an epoch in the vault and adopts the session, which decides whose state goes on. Then it reads the epoch again
and confirms. That makes 3 round trips to Redis and 2 transactions. Until it is confirmed, a session acknowledges
nothing.
"""

import asyncio
from collections.abc import Callable, Sequence

from satchel.failpoints import reach
from satchel.ids import HolderId
from satchel.ports import Attaching, VaultState
from satchel.session.answers import Adopted, Code
from satchel.session.backlog import records_of
from satchel.session.codec import action_mark, state_fields
from satchel.session.keys import Keys
from satchel.session.limits import SessionLimits
from satchel.session.redis import Redis, Reply
from satchel.session.redis.script import Script
from satchel.telemetry import Metrics, log

__all__ = ["LOCK_MS", "Attacher"]

LOCK_MS = 2_000
"""How long a session is left to the task that attaches it. It only spares double work."""


class Attacher:
    """Attaches sessions.

    Args:
        redis: Where the sessions are.
        vault: Where their state is loaded from.
        clock: Milliseconds since 1970.
        keys: Names of keys.
        limits: Bounds.
        metrics: Counts attaches and forks.
    """

    def __init__(
        self,
        redis: Redis,
        vault: Attaching,
        clock: Callable[[], int],
        keys: Keys,
        limits: SessionLimits,
        metrics: Metrics,
    ) -> None:
        self._redis = redis
        self._vault = vault
        self._clock = clock
        self._keys = keys
        self._limits = limits
        self._metrics = metrics
        self._adopt = Script("adopt", bound=True)
        self._confirm = Script("confirm", bound=True)
        self._unlock = Script("unlock")

    async def lock(self, char_id: HolderId, token: str) -> bool:
        """Try to become the only task that attaches a session; False if another one is at it.

        This spares double work when many tasks want one cold session.
        """
        reply = await self._redis.execute("SET", self._keys.of(char_id).lock, token, "NX", "PX", LOCK_MS)
        return reply is not None

    async def unlock(self, char_id: HolderId, token: str) -> None:
        """Give the lock back if this token still holds it."""
        await self._unlock.run(self._redis, (self._keys.of(char_id).lock,), token)

    async def attach(self, char_id: HolderId, *, give_up: bool = False) -> Sequence[bytes] | None:
        """Attach a session.

        Args:
            char_id: Whose session.
            give_up: Take the vault's state even if the session has more, because the session is unreadable. Its
                unsaved records are kept for the operator.

        Returns:
            The state as field, value, ...; or None if another attach was ahead.
        """
        keys, limits = self._keys.of(char_id), self._limits
        _, floor = await asyncio.gather(self._redis.recognise(keys.session), self._epoch(char_id))
        reach("attach.after_floor")
        state = await self._vault.open_epoch(char_id, limits.records_kept, limits.marks_kept, epoch_floor=floor)
        reach("attach.after_open_epoch")
        if not await self.adopt(state, give_up=give_up):
            return None
        reach("attach.after_adopt")
        if await self._vault.read_epoch(char_id) != state.head.epoch:
            return None
        reach("attach.after_reread")
        reply = await self._confirm.run(self._redis, (keys.session,), state.head.epoch)
        reach("attach.after_confirm")
        if reply[0] != Code.STATE:
            return None
        self._metrics.attaches.inc()
        fields: Sequence[bytes] = reply[1]
        return fields

    async def adopt(self, state: VaultState, *, give_up: bool = False) -> bool:
        """Second step: bind the session to this server and the epoch just opened, and decide whose state goes on.

        If the session's history loses, its unsaved records are handed to the vault as a fork.

        Returns:
            True if the session is bound, though still unconfirmed. False if another attach is ahead.
        """
        keys = self._keys.of(state.char_id)
        fork = self._keys.fork(state.char_id, state.head.epoch)
        names = (keys.session, keys.journal, keys.marks, keys.due, keys.dirty, fork)
        reply = await self._adopt.run(self._redis, names, *self._adoption(state, give_up))
        if reply[0] == Adopted.FORKED:
            await self._keep_fork(state, reply[1], fork)
        return bool(reply[0] != Code.SUPERSEDED)

    # -- parts ---------------------------------------------------------------------------------------------------------

    async def _epoch(self, char_id: HolderId) -> int:
        held = await self._redis.execute("HGET", self._keys.of(char_id).session, "epoch")
        return int(held) if held is not None and held.isdigit() else 0

    def _adoption(self, state: VaultState, give_up: bool) -> list[bytes | str | int]:
        """The arguments of `adopt.lua`."""
        fields = state_fields(state.character, state.items, state.wallet)
        records = [value for record in state.recent for value in (record.version, record.h, record.json)]
        marks = [value for mark in state.marks for value in (action_mark(mark.action_id), mark.version)]
        return [
            state.head.epoch,
            state.head.version,
            state.head.h,
            self._clock(),
            self._limits.ttl_ms,
            state.char_id,
            state.quarantine or "",
            "1" if give_up else "",
            len(fields) // 2,
            len(state.recent),
            len(state.marks),
            *fields,
            *records,
            *marks,
        ]

    async def _keep_fork(self, state: VaultState, entries: list[Reply], fork: str) -> None:
        self._metrics.forks.inc()
        log.error("forked", extra={"fields": {"char_id": state.char_id, "epoch": state.head.epoch}})
        reach("fork.before_keep")
        await self._vault.keep_fork(state.char_id, state.head.epoch, records_of(entries))
        reach("fork.after_keep")
        await self._redis.execute("DEL", fork)
        reach("fork.after_forget")
