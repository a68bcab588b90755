"""How the arguments of commands are read, and numbers written."""

import hiredis

__all__ = ["SEQUENCE_MAX", "Command", "StreamId", "at_least", "at_most", "digits", "options", "ranks", "stream_id"]

Command = tuple[bytes, ...]
"""A command and its arguments."""

StreamId = tuple[int, int]
"""Milliseconds, and the number within them."""

SEQUENCE_MAX = 2**64 - 1


def options(arguments: Command, known: dict[bytes, int]) -> dict[bytes, Command]:
    """Read the options behind the fixed arguments: name to its values.

    Args:
        arguments: What is left of the command.
        known: The options that are known, and how many values each takes.

    Raises:
        hiredis.ReplyError: An option is unknown.
    """
    found: dict[bytes, Command] = {}
    rest = list(arguments)
    while rest:
        name = rest.pop(0).upper()
        if name not in known:
            raise hiredis.ReplyError("ERR syntax error")
        found[name] = tuple(rest.pop(0) for _ in range(known[name]))
    return found


def stream_id(text: bytes, sequence: int) -> StreamId:
    """Read the id of an entry; `sequence` is what stands in for a missing second part."""
    ms, _, rest = text.partition(b"-")
    return int(ms), int(rest) if rest else sequence


def digits(score: float) -> bytes:
    """Write a score as the servers do."""
    return b"%d" % score if score.is_integer() else b"%.17g" % score


def ranks(length: int, first: bytes, last: bytes) -> slice:
    """The slice of a sorted set between two ranks, both included; negative ones count from the end."""
    start, end = int(first), int(last)
    start = max(0, start + length if start < 0 else start)
    end = end + length if end < 0 else end
    return slice(start, max(start, end + 1))


def at_least(score: float, bound: bytes) -> bool:
    """Whether a score is not below a bound; `(` excludes the bound itself."""
    return score > float(bound[1:]) if bound.startswith(b"(") else score >= float(bound)


def at_most(score: float, bound: bytes) -> bool:
    """Whether a score is not above a bound; `(` excludes the bound itself."""
    return score < float(bound[1:]) if bound.startswith(b"(") else score <= float(bound)
