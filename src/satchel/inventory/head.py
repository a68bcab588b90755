"""The head of a history: what the protocol compares."""

import msgspec

__all__ = ["Head"]


class Head(msgspec.Struct, frozen=True, gc=False):
    """Where a history stands: number of attaches, number of saves, and the digest over all of them.

    A push is taken if the head that the vault holds stands in the snapshot's chain. A greater version alone proves
    nothing: after an attach of both, two histories may climb past each other. The pair of version and `h` is what
    stands in a chain; the epoch says who may still extend it.
    """

    epoch: int = 0
    version: int = 0
    h: str = ""
