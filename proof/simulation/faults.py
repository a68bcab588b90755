"""What goes wrong: crashes, pauses, lost answers, failovers, outages, evictions, clocks."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from proof.simulation.fault_plan import Fault
from proof.simulation.network import SimulatedLink, SimulatedServer, VaultCall
from proof.simulation.processes import LIMITS, ApiCall, Process
from proof.simulation.watch import KEYS
from satchel.testing.keyspace import Keyspace

if TYPE_CHECKING:
    from proof.simulation.world import World

__all__ = ["Faults"]


class _Armed:
    """A fault that waits for a failpoint, and how often it lets it pass."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.left = fault.number % 3


class Faults:
    """The faults of a plan, each struck at its event, and what has to be undone later.

    Attributes:
        losses: The events at which Redis may have lost what only a session knew.
    """

    def __init__(self, world: "World") -> None:
        self.losses: list[int] = []
        self._world = world
        self._left = [fault for fault in world.plan.faults if not fault.site]
        self._later: list[tuple[int, Callable[[], None]]] = []
        self._armed: list[_Armed] = [_Armed(fault) for fault in world.plan.faults if fault.site]

    def strike(self) -> None:
        """Let happen what is due."""
        now = self._world.event
        while self._left and self._left[0].at <= now:
            fault = self._left.pop(0)
            self._do(fault, None)
        for entry in [entry for entry in self._later if entry[0] <= now]:
            self._later.remove(entry)
            entry[1]()

    def reach(self, name: str, process: Process) -> None:
        """Let happen what waits for a process to reach this failpoint."""
        for armed in [armed for armed in self._armed if armed.fault.site == name]:
            armed.left -= 1
            if armed.left < 0:
                self._armed.remove(armed)
                self._do(armed.fault, process)

    def pending(self) -> bool:
        """Whether something is still to happen, or to be undone."""
        return bool(self._left or self._later)

    def heal(self) -> None:
        """No more faults: what was taken away comes back."""
        self._left.clear()
        self._armed.clear()
        for _, undo in sorted(self._later, key=lambda entry: entry[0]):
            undo()
        self._later.clear()

    # -- processes -----------------------------------------------------------------------------------------------------

    def _do(self, fault: Fault, process: Process | None) -> None:
        where = f" at {fault.site} of {process.name}" if process is not None else ""
        self._world.story.append(f"{self._world.event}: {fault.kind}{where}")
        if process is None:
            alive = [process for process in self._world.processes if not process.dead]
            process = alive[fault.number % len(alive)] if alive else None
        if fault.kind in _DEEDS:
            _DEEDS[fault.kind](self, fault)
        elif process is not None:
            _DEEDS_TO_PROCESSES[fault.kind](self, fault, process)

    def _crash(self, fault: Fault, process: Process) -> None:
        self._world.crash(process)
        self._in(fault.lasts, lambda: self._world.restart(process))

    def _pause(self, fault: Fault, process: Process) -> None:
        if process.paused:
            return
        process.paused = True
        # As long as it sleeps, leases end and other things go on.
        self._in(fault.lasts, lambda: self._world.loop.resume(process))

    def _clock(self, fault: Fault, process: Process) -> None:
        process.clock_is_off_ms += (fault.number - 50) * 1_000

    def _reset(self, _fault: Fault, process: Process) -> None:
        for channel in self._world.channels:
            if isinstance(channel, SimulatedLink) and channel.owner is process:
                channel.sever(self._world.random)

    # -- connections ---------------------------------------------------------------------------------------------------

    def _reply_lost(self, fault: Fault) -> None:
        calls = [channel for channel in self._world.channels if isinstance(channel, ApiCall)]
        waiting = [call for call in calls if not call.waiter.done()]
        if waiting:
            waiting[fault.number % len(waiting)].lose()

    def _vault_unknown(self, fault: Fault) -> None:
        calls = [channel for channel in self._world.channels if isinstance(channel, VaultCall)]
        waiting = [call for call in calls if not call.waiter.done()]
        if waiting:
            waiting[fault.number % len(waiting)].lose(carried_out=(True, False, None)[fault.number % 3])

    # -- Redis ---------------------------------------------------------------------------------------------------------

    def _redis_restart(self, _fault: Fault) -> None:
        # With appendfsync always, only what nobody was told of may be missing.
        server = self._world.server
        candidates = [keyspace for number, keyspace in server.past if number >= server.told]
        self._come_up(self._world.random.choice([*candidates, server.keyspace]))

    def _failover(self, _fault: Fault) -> None:
        self._lose()
        self._come_up(self._an_older_state())

    def _empty(self, _fault: Fault) -> None:
        self._lose()
        self._come_up(Keyspace())

    def _minority(self, fault: Fault) -> None:
        """A lagging replica is promoted, and some connections stay with the old primary for a while."""
        world, old = self._world, self._world.server
        world.server = self._server_with(self._an_older_state())
        for channel in world.channels:
            if isinstance(channel, SimulatedLink) and channel.server is old and world.random.random() < 0.5:
                channel.sever(world.random)

        def end() -> None:
            old.restart()
            self._lose()

        self._in(fault.lasts, end)

    def _there_and_back(self, fault: Fault) -> None:
        """A lagging replica is promoted, and later the old primary, which has copied it, is promoted again."""
        world, old = self._world, self._world.server
        world.server = self._server_with(self._an_older_state())
        run_id = old.run_id
        old.restart()
        self._lose()

        def back() -> None:
            old.keyspace = world.server.keyspace.copy()
            old.run_id = run_id
            old.past.clear()
            old.past.append((old.number, old.keyspace.copy()))
            world.server.restart()
            world.server = old
            self._lose()

        self._in(fault.lasts, back)

    def _evict(self, _fault: Fault) -> None:
        keyspace = self._world.server.keyspace
        mortal = [key for key, expires_ms in keyspace.living() if expires_ms is not None]
        for key in mortal:
            if self._world.random.random() < 0.5:
                keyspace.call((b"DEL", key))

    def _index_lost(self, _fault: Fault) -> None:
        for keys in KEYS:
            self._world.server.call((b"DEL", keys.due.encode(), keys.dirty.encode()))

    def _expire(self, _fault: Fault) -> None:
        self._world.loop.now_s += LIMITS.ttl_ms / 1000

    def _script_flush(self, _fault: Fault) -> None:
        self._world.server.call((b"SCRIPT", b"FLUSH"))

    def _lose(self) -> None:
        self.losses.append(self._world.event)

    def _an_older_state(self) -> Keyspace:
        return self._world.random.choice(self._world.server.past)[1].copy()

    def _come_up(self, keyspace: Keyspace) -> None:
        server = self._world.server
        keyspace = keyspace.copy()
        server.restart(keyspace)
        server.told = server.number
        server.past.clear()
        server.past.append((server.number, keyspace.copy()))

    def _server_with(self, keyspace: Keyspace) -> SimulatedServer:
        server = self._world.make_server()
        server.keyspace = keyspace
        server.past[0] = (0, keyspace.copy())
        return server

    # -- the vault -----------------------------------------------------------------------------------------------------

    def _vault_away(self, fault: Fault) -> None:
        self._world.vault_state = "away"
        self._in(fault.lasts, self._vault_back)

    def _vault_read_only(self, fault: Fault) -> None:
        self._world.vault_state = "read-only"
        self._in(fault.lasts, self._vault_back)

    def _vault_back(self) -> None:
        self._world.vault_state = "up"

    def _in(self, events: int, undo: Callable[[], None]) -> None:
        self._later.append((self._world.event + events, undo))


_DEEDS: dict[str, Callable[[Faults, Fault], None]] = {
    "reply_lost": Faults._reply_lost,
    "vault_unknown": Faults._vault_unknown,
    "redis_restart": Faults._redis_restart,
    "failover": Faults._failover,
    "older_aof": Faults._failover,
    "empty": Faults._empty,
    "minority": Faults._minority,
    "there_and_back": Faults._there_and_back,
    "evict": Faults._evict,
    "expire": Faults._expire,
    "index_lost": Faults._index_lost,
    "script_flush": Faults._script_flush,
    "vault_away": Faults._vault_away,
    "vault_read_only": Faults._vault_read_only,
}
_DEEDS_TO_PROCESSES: dict[str, Callable[[Faults, Fault, Process], None]] = {
    "crash": Faults._crash,
    "pause": Faults._pause,
    "clock": Faults._clock,
    "reset": Faults._reset,
}
