"""Updates for a bot: queued until long polling takes them or a webhook accepts them."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from itertools import count

import aiohttp

from satchel.testing.telegram.refusals import ApiRefusal

__all__ = ["SECRET_HEADER", "UpdateQueue"]

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a name, not a secret
DELIVERIES_MAX = 3
UPDATES_MAX = 100
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
OTHER_POLL = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"

Update = dict[str, object]


class UpdateQueue:
    """Keeps updates until the bot has confirmed them.

    Attributes:
        unconfirmed: Updates by id, until a later offset or status 200 from the webhook confirms them.
        failures: Webhook deliveries that were given up.
        polls: How often `getUpdates` was called.
    """

    def __init__(self, changed: Callable[[], None], respond: Callable[[dict[str, object]], Awaitable[object]]) -> None:
        self.unconfirmed: dict[int, Update] = {}
        self.failures: list[str] = []
        self.webhook_url = ""
        self._secret = ""
        self._ids = count(1)
        self._changed = changed
        self._respond = respond
        self.polls = 0
        self._wake = asyncio.Event()
        self._closed = False
        self._posts: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    def put(self, kind: str, event: dict[str, object]) -> int:
        """Queue an update, and post it if there is a webhook; returns its id."""
        update_id = next(self._ids)
        update: Update = {"update_id": update_id, kind: event}
        self.unconfirmed[update_id] = update
        if self.webhook_url:
            self._start_post(update)
        self._wake.set()
        return update_id

    def _start_post(self, update: Update) -> None:
        task = asyncio.create_task(self._post(update))
        self._posts.add(task)
        task.add_done_callback(self._posts.discard)

    # -- long polling --------------------------------------------------------------------------------------------------

    async def take(self, offset: int, limit: int, timeout_s: float) -> list[Update]:
        """Answer `getUpdates`: confirm updates below the offset, then wait for new ones.

        Raises:
            ApiRefusal: There is a webhook, or another poll has come.
        """
        if self.webhook_url:
            raise ApiRefusal(409, WEBHOOK_ACTIVE)
        self.polls += 1
        mine = self.polls
        self._wake.set()
        for update_id in [id_ for id_ in self.unconfirmed if id_ < offset]:
            del self.unconfirmed[update_id]
        self._changed()
        try:
            async with asyncio.timeout(timeout_s):
                while not self.unconfirmed and not self._closed:
                    self._wake.clear()
                    await self._wake.wait()
                    if self.polls != mine:
                        raise ApiRefusal(409, OTHER_POLL)
        except TimeoutError:
            return []
        return [self.unconfirmed[id_] for id_ in sorted(self.unconfirmed)][: min(limit, UPDATES_MAX)]

    # -- webhook -------------------------------------------------------------------------------------------------------

    def set_webhook(self, url: str, secret: str) -> None:
        """Post updates to a URL from now on, beginning with those that wait; an empty URL ends it."""
        self.webhook_url, self._secret = url, secret
        self._wake.set()
        if url:
            for update in self.unconfirmed.values():
                self._start_post(update)

    async def _post(self, update: Update) -> None:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        headers = {"Content-Type": "application/json"} | ({SECRET_HEADER: self._secret} if self._secret else {})
        why = ""
        for _ in range(DELIVERIES_MAX):
            try:
                async with self._session.post(self.webhook_url, data=json.dumps(update), headers=headers) as answer:
                    body = await answer.read()
                    why = f"status {answer.status}"
            except (aiohttp.ClientError, TimeoutError) as error:
                why = f"{type(error).__name__}: {error}"
                continue
            if why == "status 200":
                self.unconfirmed.pop(int(str(update["update_id"])), None)
                await self._respond_with(body)
                self._changed()
                return
        self.failures.append(f"update {update['update_id']} to {self.webhook_url}: {why}")
        self._changed()

    async def _respond_with(self, body: bytes) -> None:
        """Carry out the one method call that a webhook may answer with."""
        try:
            call = json.loads(body)
        except ValueError:
            return
        if isinstance(call, dict) and "method" in call:
            await self._respond(call)

    async def close(self) -> None:
        """End all polls and posts."""
        self._closed = True
        self._wake.set()
        for task in list(self._posts):
            task.cancel()
        await asyncio.gather(*self._posts, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
