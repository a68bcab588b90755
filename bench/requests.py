"""What the load asks for: the requests of a character's play, as bytes, for each kind of server."""

import json
from collections.abc import Iterator
from itertools import cycle

from bench.bench_world import CAP, ORE, POTION, SWORD, item_uid

__all__ = ["Play", "Streams"]

READS_AFTER = {1: "/doll", 4: ""}
"""In a mix, what is read after how many actions of the cycle; '' is the page of the bag."""


class Play:
    """One character's endless play: equip, use, move, unequip, drop, move back; in a mix with two reads among them.

    It lives as long as the load generator, so that the next run goes on where the character stands.
    """

    def __init__(self, steps: list[bytes], reads: dict[int, bytes]) -> None:
        self._steps = steps
        self._reads = reads
        self._at = 0
        self._read_at = -1

    def next(self, mixed: bool) -> bytes:
        """The next request."""
        if mixed and self._at in self._reads and self._read_at != self._at:
            self._read_at = self._at
            return self._reads[self._at]
        step = self._steps[self._at]
        self._at = (self._at + 1) % len(self._steps)
        self._read_at = -1
        return step


_plays: dict[tuple[str, int], Play] = {}


class Streams:
    """The requests of one load, connection by connection.

    Args:
        kind: `actions`, `mix`, `open`, or a path after `/inventory/<char_id>` to read.
        target: `satchel`, or another one, which has `/capacity` in the place of a page of the bag.
        first: First character.
        count: Number of characters, dealt out to the connections.
        items: Items of each character.
        token: Of the API.
        item_char: The character whose item ids are used; the character's own if it is None.
        stride: Distance from one character to the next.
        etags: What to send as `If-None-Match`, by character.
        each: How many requests every character makes before the stream ends; 0: it is endless.
    """

    def __init__(
        self,
        kind: str,
        target: str,
        first: int,
        count: int,
        items: int,
        token: str = "",
        item_char: int | None = None,
        stride: int = 1,
        etags: dict[str, str] | None = None,
        each: int = 0,
    ) -> None:
        self._kind = kind
        self._target = target
        self._ids = range(first, first + count * stride, stride)
        self._items = items
        self._item_char = item_char
        self._etags = etags or {}
        self._each = each
        self._head = f"Host: bench\r\nAuthorization: Bearer {token}\r\n"

    def of(self, connection: int, connections: int) -> Iterator[bytes]:
        """The endless requests of one connection: its characters in turn, each one step further every time."""
        ids = self._ids[connection::connections] or ([] if self._each else self._ids[connection % len(self._ids) :][:1])
        if self._kind == "open":
            made = [self._request("POST", char_id, "/session") for char_id in ids]
            yield from made if self._each else cycle(made)
        elif self._kind not in ("actions", "mix"):
            yield from cycle([self._request("GET", char_id, self._kind) for char_id in ids])
        else:
            mixed = self._kind == "mix"
            plays = [self._play(char_id) for char_id in ids]
            for play in plays * self._each if self._each else cycle(plays):
                yield play.next(mixed)

    def _play(self, char_id: int) -> Play:
        found = _plays.get((self._target, char_id))
        if found is not None:
            return found
        owner = self._item_char or char_id
        sword, potion, ore, cap = (item_uid(owner, number) for number in (SWORD, POTION, ORE, CAP))
        act = self._act
        steps = [
            act(char_id, action="equip", item_id=sword, slot="main_hand"),
            act(char_id, action="use", item_id=potion),
            act(char_id, action="move", item_id=cap, container="bag", position=self._items + 2),
            act(char_id, action="unequip", item_id=sword, container="bag", position=SWORD),
            act(char_id, action="drop", item_id=ore, quantity=1),
            act(char_id, action="move", item_id=cap, container="bag", position=CAP),
        ]
        bag = "/bag?limit=20" if self._target == "satchel" else "/capacity"
        reads = {at: self._request("GET", char_id, path or bag) for at, path in READS_AFTER.items()}
        play = _plays[self._target, char_id] = Play(steps, reads)
        return play

    def _act(self, char_id: int, **fields: object) -> bytes:
        body = json.dumps({"char_id": char_id, **fields}, separators=(",", ":"))
        return (
            f"POST /inventory/action HTTP/1.1\r\n{self._head}Content-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def _request(self, method: str, char_id: int, path: str) -> bytes:
        etag = self._etags.get(str(char_id))
        match = f"If-None-Match: {etag}\r\n" if etag else ""
        length = "Content-Length: 0\r\n" if method == "POST" else ""
        return f"{method} /inventory/{char_id}{path} HTTP/1.1\r\n{self._head}{match}{length}\r\n".encode()
