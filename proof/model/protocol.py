"""The session protocol of one character as a state machine: every step that the code makes as one, by the same name.

A history is a tuple of action numbers; its length is the version, and it stands for `h` itself, as if a digest were
never wrong. Time is left out: leases, locks and times to live are for speed only, so any step may happen at any time,
any process may die between its steps, and a clean session may vanish whenever it likes.
"""

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

import msgspec

__all__ = ["Bounds", "Rules", "State", "Step", "start", "steps", "violation"]

History = tuple[int, ...]


Part = TypeVar("Part")


class Rules(msgspec.Struct, frozen=True):
    """Which safeties hold. All of them are the protocol; each that is switched off is a variant that fails."""

    chain_compared: bool = True
    epoch_compared: bool = True
    push_rereads: bool = False
    confirm_rereads: bool = True
    incarnation_compared: bool = True
    replication_id: bool = True
    superseded_checked: bool = True
    head_compared: bool = True
    close_checked: bool = True


class Bounds(msgspec.Struct, frozen=True):
    """How far the search goes."""

    actions: int = 2
    epochs: int = 3
    failovers: int = 1
    restarts: int = 1
    attachers: int = 2
    flushers: int = 2
    players: int = 1


class Session(NamedTuple):
    """The session in Redis."""

    run: int
    epoch: int
    history: History
    flushed: int
    live: bool


class Attacher(NamedTuple):
    """A process between the steps of an attach: `opened`, `adopted` or `reread`."""

    step: str
    epoch: int
    held: History


class Flusher(NamedTuple):
    """A process between the steps of a flush: `claimed` or `pushed`. `seen` is for a variant that reads first."""

    step: str
    epoch: int
    flushed: int
    history: History
    seen: History = ()


class State(NamedTuple):
    """Everything there is.

    `copy` is what the replica has. `players` are the copies that API processes decide on. `excused` are acknowledged
    actions that a failover took with it, which level `session` allows.
    """

    vault_epoch: int
    vault: History
    session: Session | None
    copy: Session | None
    run: int
    next_run: int
    attachers: tuple[Attacher | None, ...]
    flushers: tuple[Flusher | None, ...]
    players: tuple[tuple[int, History] | None, ...]
    acknowledged: frozenset[int]
    excused: frozenset[int]
    actions: int
    failovers: int
    restarts: int
    overwritten: bool


Step = tuple[str, State]


def start(bounds: Bounds) -> State:
    """Nothing has happened yet."""
    return State(
        0,
        (),
        None,
        None,
        0,
        1,
        (None,) * bounds.attachers,
        (None,) * bounds.flushers,
        (None,) * bounds.players,
        frozenset(),
        frozenset(),
        0,
        0,
        0,
        False,
    )


def violation(state: State) -> str:
    """Say what is broken; empty if nothing is."""
    if state.overwritten:
        return "newer data of the vault was overwritten"
    session = state.session.history if state.session is not None else ()
    for history in (state.vault, session):
        if len(set(history)) != len(history):
            return "an action was executed twice"
    lost = state.acknowledged - state.excused - set(state.vault) - set(session)
    return f"acknowledged action {min(lost)} is lost" if lost else ""


def steps(state: State, rules: Rules, bounds: Bounds) -> Iterator[Step]:
    """Everything that may happen next."""
    yield from _attach(state, rules, bounds)
    yield from _flush(state, rules)
    yield from _commit(state, rules, bounds)
    yield from _faults(state, rules, bounds)


# -- attach ------------------------------------------------------------------------------------------------------------


def _attach(state: State, rules: Rules, bounds: Bounds) -> Iterator[Step]:
    for number, attacher in enumerate(state.attachers):
        if attacher is None:
            if state.vault_epoch < bounds.epochs:
                epoch = state.vault_epoch + 1
                opened = _with_attacher(state, number, Attacher("opened", epoch, state.vault))
                yield f"attach {epoch}: open_epoch", opened._replace(vault_epoch=epoch)
            continue
        name = f"attach {attacher.epoch}"
        if attacher.step == "opened":
            yield from _adopt(state, rules, number, attacher)
        elif attacher.step == "adopted":
            if not rules.confirm_rereads or state.vault_epoch == attacher.epoch:
                yield f"{name}: read_epoch", _with_attacher(state, number, attacher._replace(step="reread"))
        else:
            session = state.session
            done = _with_attacher(state, number, None)
            if session is not None and session.epoch == attacher.epoch and _is_bound(session, state, rules):
                yield f"{name}: confirm", done._replace(session=session._replace(live=True))
        yield f"{name}: gives up or dies", _with_attacher(state, number, None)


def _adopt(state: State, rules: Rules, number: int, attacher: Attacher) -> Iterator[Step]:
    session, held, name = state.session, attacher.held, f"attach {attacher.epoch}: adopt"
    after = _with_attacher(state, number, attacher._replace(step="adopted"))
    taken = Session(state.run, attacher.epoch, held, len(held), not rules.confirm_rereads)
    if session is None:
        yield f"{name} (create)", after._replace(session=taken)
    elif rules.superseded_checked and session.epoch >= attacher.epoch:
        return
    elif session.history[: len(held)] == held:
        kept = session._replace(run=state.run, epoch=attacher.epoch, flushed=len(held), live=not rules.confirm_rereads)
        yield f"{name} (keep)", after._replace(session=kept)
    else:
        clean = session.flushed == len(session.history) and session.flushed <= len(held)
        ahead = clean or held[: len(session.history)] == session.history
        yield f"{name} ({'take' if ahead else 'fork'})", after._replace(session=taken)


# -- flush -------------------------------------------------------------------------------------------------------------


def _flush(state: State, rules: Rules) -> Iterator[Step]:
    for number, flusher in enumerate(state.flushers):
        if flusher is None:
            session = state.session
            if session is not None and session.flushed < len(session.history):
                claimed = Flusher("claimed", session.epoch, session.flushed, session.history)
                yield f"{_flush_of(claimed)}: claim", _with_flusher(state, number, claimed)
            continue
        name = _flush_of(flusher)
        if flusher.step == "claimed" and rules.push_rereads:
            yield (
                f"{name}: reads the vault",
                _with_flusher(state, number, flusher._replace(step="read", seen=state.vault)),
            )
        elif flusher.step == "claimed" or (flusher.step == "read" and flusher.seen == state.vault):
            yield from _push(state, rules, number, flusher)
        elif flusher.step == "read":
            yield f"{name}: reads again", _with_flusher(state, number, flusher._replace(seen=state.vault))
        elif flusher.step == "pushed":
            yield f"{name}: settle", _settled(_with_flusher(state, number, None), flusher)
        yield f"{name}: gives up or dies", _with_flusher(state, number, None)


def _flush_of(flusher: Flusher) -> str:
    return f"flush of {list(flusher.history)}, epoch {flusher.epoch}"


def _push(state: State, rules: Rules, number: int, flusher: Flusher) -> Iterator[Step]:
    name, history, held = f"{_flush_of(flusher)}: push", flusher.history, state.vault
    if rules.epoch_compared and state.vault_epoch > flusher.epoch:
        return
    # The base that the session knew, and every version after it, are in the snapshot.
    in_chain = flusher.flushed <= len(held) <= len(history) and history[: len(held)] == held
    if in_chain if rules.chain_compared else len(history) > len(held):
        pushed = _with_flusher(state, number, flusher._replace(step="pushed", seen=()))
        broken = state.overwritten or history[: len(held)] != held
        epoch = max(state.vault_epoch, flusher.epoch)
        yield name, pushed._replace(vault=history, vault_epoch=epoch, overwritten=broken)


def _settled(state: State, flusher: Flusher) -> State:
    session, version = state.session, len(flusher.history)
    if session is None or session.epoch != flusher.epoch or session.history[:version] != flusher.history:
        return state
    return state._replace(session=session._replace(flushed=max(session.flushed, version)))


# -- commit ------------------------------------------------------------------------------------------------------------


def _commit(state: State, rules: Rules, bounds: Bounds) -> Iterator[Step]:
    session = state.session
    if session is None or not session.live or not _is_bound(session, state, rules):
        return
    present = (session.epoch, session.history)
    for number, seen in enumerate(state.players):
        if seen is not None and state.actions < bounds.actions:
            fits = seen == present if rules.head_compared else len(seen[1]) == len(session.history)
            if fits:
                action = state.actions + 1
                saved = session._replace(history=(*seen[1], action))
                after = _with_player(state, number, (session.epoch, saved.history))
                acknowledged = state.acknowledged | {action}
                yield (
                    f"commit {action} on {list(seen[1])}",
                    after._replace(session=saved, actions=action, acknowledged=acknowledged),
                )
        if seen != present:
            yield f"read {list(session.history)}", _with_player(state, number, present)


def _is_bound(session: Session, state: State, rules: Rules) -> bool:
    return session.run == state.run or not rules.incarnation_compared


# -- what goes wrong ---------------------------------------------------------------------------------------------------


def _faults(state: State, rules: Rules, bounds: Bounds) -> Iterator[Step]:
    session = state.session
    if session is not None and (session.flushed == len(session.history) or not rules.close_checked):
        yield "close, or eviction", state._replace(session=None)
    if state.copy != session:
        yield "the replica catches up", state._replace(copy=session)
    if state.restarts < bounds.restarts:
        yield (
            "Redis restarts",
            state._replace(run=state.next_run, next_run=state.next_run + 1, restarts=state.restarts + 1),
        )
    if state.failovers < bounds.failovers:
        kept = set(state.vault) | (set(state.copy.history) if state.copy is not None else set())
        gone = frozenset(session.history if session is not None else ()) - kept
        # Two servers take turns. Without replication ids, the first one comes back under the name it had.
        run = state.next_run if rules.replication_id else 1 - state.run
        yield (
            "failover to the replica",
            state._replace(
                session=state.copy,
                run=run,
                next_run=state.next_run + 1,
                excused=state.excused | (gone & state.acknowledged),
                failovers=state.failovers + 1,
            ),
        )


def _with_attacher(state: State, number: int, attacher: Attacher | None) -> State:
    return state._replace(attachers=_changed(state.attachers, number, attacher))


def _with_flusher(state: State, number: int, flusher: Flusher | None) -> State:
    return state._replace(flushers=_changed(state.flushers, number, flusher))


def _with_player(state: State, number: int, player: tuple[int, History] | None) -> State:
    return state._replace(players=_changed(state.players, number, player))


def _changed(parts: tuple[Part, ...], number: int, part: Part) -> tuple[Part, ...]:
    return (*parts[:number], part, *parts[number + 1 :])
