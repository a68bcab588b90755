"""What happens in one schedule: who asks for what, and what goes wrong when. Made from a seed, and made smaller."""

from collections.abc import Iterator
from random import Random

import msgspec
from msgspec.structs import replace

from satchel.failpoints import FAILPOINTS
from satchel.ids import HolderId

__all__ = ["CHARACTERS", "Fault", "Plan", "Step", "make_plan", "smaller"]

CHARACTERS = (HolderId(49), HolderId(172))
"""Two characters whose buckets are the first two, so that a sweep looks at no empty ones."""

KINDS = {
    "gold": 8,
    "spend": 6,
    "ore": 6,
    "smelt": 4,
    "sword": 3,
    "equip": 3,
    "move": 3,
    "drop": 3,
    "split": 2,
    "read": 4,
    "open": 2,
    "close": 3,
    "flush": 2,
    "again": 4,
    "preview": 1,
}
"""Kinds of steps, and how often each is drawn."""

FAULTS = {
    "crash": 16,
    "pause": 8,
    "reset": 6,
    "reply_lost": 6,
    "redis_restart": 6,
    "failover": 7,
    "older_aof": 3,
    "empty": 2,
    "vault_away": 4,
    "vault_read_only": 2,
    "vault_unknown": 8,
    "evict": 6,
    "expire": 3,
    "clock": 3,
    "script_flush": 1,
    "index_lost": 2,
    "minority": 4,
    "there_and_back": 2,
}
"""Kinds of faults, and how often each is drawn."""

ELSEWHERE = ("api", "bury", "drain", "epoch", "migrate", "pool", "push", "quarantine", "start", "stop")
"""Failpoints of the real vault's driver, of refused data, and of the start and stop of a process."""

SITES = tuple(name for name in FAILPOINTS if name.split(".")[0] not in ELSEWHERE and name != "worker.before_bisect")
"""Failpoints that a simulated process can reach."""

AT_SITE_CHANCE = 0.45

STORM_CHANCE = 0.2
"""How many plans are storms: many processes open, change and close one session while some are held up in between."""

STORM_KINDS = {"gold": 5, "close": 5, "open": 1, "read": 1}
STORM_FAULTS = {"pause": 9, "crash": 2, "evict": 2, "vault_unknown": 2, "failover": 1, "there_and_back": 1}
STORM_SITES = ("attach.after_open_epoch", "attach.after_adopt", "attach.after_reread", "settle.before_send")


class Step(msgspec.Struct, frozen=True):
    """One thing that a client does. `number` is an amount, an index of what it saw, or of an earlier step."""

    kind: str
    char_id: HolderId
    number: int = 0
    durable: bool = False
    tapped_twice: bool = False
    expects_version: bool = False


class Fault(msgspec.Struct, frozen=True):
    """One thing that goes wrong: at the `at`-th event, or when a process reaches the failpoint `site`.

    `number` says to whom or how (at a failpoint: at which reaching), `lasts` for how many events.
    """

    kind: str
    at: int
    number: int = 0
    lasts: int = 0
    site: str = ""


class Plan(msgspec.Struct, frozen=True):
    """A schedule before it runs: with the same plan it runs the same way; `order` draws another order of events."""

    seed: int
    apis: int
    workers: int
    clients: tuple[tuple[Step, ...], ...]
    faults: tuple[Fault, ...]
    order: int = 0

    def in_words(self) -> str:
        """The plan as lines of text."""
        lines = [f"seed {self.seed}: {self.apis} API processes, {self.workers} workers"]
        for number, steps in enumerate(self.clients):
            lines += [f"  client {number}: {_words(step)}" for step in steps]
        lines += [f"  fault: {_words(fault)}" for fault in self.faults]
        return "\n".join(lines)


def make_plan(seed: int) -> Plan:
    """Draw a plan."""
    random = Random(seed)
    storm = random.random() < STORM_CHANCE
    kinds, faults, sites = (STORM_KINDS, STORM_FAULTS, STORM_SITES) if storm else (KINDS, FAULTS, SITES)
    clients = tuple(_steps(random, kinds, storm) for _ in range(random.choice((2, 3) if storm else (1, 2, 2, 3))))
    until = sum(len(steps) for steps in clients) * 10
    counts = (1, 2, 3) if storm else (0, 1, 1, 2, 2, 3, 4)
    longest = 400 if storm else 60
    struck = [_fault(random, faults, sites, until, longest) for _ in range(random.choice(counts))]
    return Plan(
        seed=seed,
        apis=random.choice((2, 3) if storm else (1, 2, 2)),
        workers=random.choice((0, 1) if storm else (0, 1, 1, 2)),
        clients=clients,
        faults=tuple(sorted(struck, key=lambda fault: fault.at)),
    )


def smaller(plan: Plan) -> Iterator[Plan]:
    """Plans with one fault, one client or one step less."""
    for number in range(len(plan.clients)):
        if len(plan.clients) > 1:
            yield replace(plan, clients=plan.clients[:number] + plan.clients[number + 1 :])
    for number in range(len(plan.faults)):
        yield replace(plan, faults=plan.faults[:number] + plan.faults[number + 1 :])
    for number, steps in enumerate(plan.clients):
        for dropped in range(len(steps)):
            if len(steps) > 1:
                left = steps[:dropped] + steps[dropped + 1 :]
                yield replace(plan, clients=(*plan.clients[:number], left, *plan.clients[number + 1 :]))
    if plan.workers:
        yield replace(plan, workers=plan.workers - 1)
    if plan.apis > 1:
        yield replace(plan, apis=plan.apis - 1)


def _steps(random: Random, kinds: dict[str, int], storm: bool) -> tuple[Step, ...]:
    favourite = CHARACTERS[0] if storm else random.choice(CHARACTERS)
    return tuple(
        Step(
            kind=random.choices(tuple(kinds), tuple(kinds.values()))[0],
            char_id=favourite if storm or random.random() < 0.85 else random.choice(CHARACTERS),
            number=random.randrange(1, 20),
            durable=random.random() < 0.25,
            tapped_twice=random.random() < 0.15,
            expects_version=random.random() < 0.1,
        )
        for _ in range(random.randrange(2, 7))
    )


def _fault(random: Random, faults: dict[str, int], sites: tuple[str, ...], until: int, longest: int) -> Fault:
    return Fault(
        kind=random.choices(tuple(faults), tuple(faults.values()))[0],
        at=random.randrange(1, until),
        number=random.randrange(100),
        lasts=random.randrange(3, longest),
        site=random.choice(sites) if random.random() < AT_SITE_CHANCE else "",
    )


def _words(thing: Step | Fault) -> str:
    fields = msgspec.structs.asdict(thing)
    kind = fields.pop("kind")
    return f"{kind} " + ", ".join(f"{name}={value}" for name, value in fields.items() if value not in (False, ""))
