"""What the engine needs of sessions, backlog and vault: Protocols, and the plain values that cross them.

`session/` and `vault/` implement them and never import each other: they meet only in these types.
"""

from satchel.ports.sessions import BUCKETS, FLUSH_DELAY_MS, Backlog, Sessions
from satchel.ports.values import (
    ActionMark,
    BacklogFigures,
    Conflict,
    Detached,
    JournalFull,
    LedgerEntry,
    PushOutcome,
    PushStatus,
    Reindexed,
    Replayed,
    Saved,
    SaveOutcome,
    ScanPlace,
    Settlement,
    Snapshot,
    StrandedFork,
    Unsure,
    VaultState,
)
from satchel.ports.vault import Attaching, Characters, Forks, Keeping, Ledger, Pulse, Pushing, Vault

__all__ = [
    "BUCKETS",
    "FLUSH_DELAY_MS",
    "ActionMark",
    "Attaching",
    "Backlog",
    "BacklogFigures",
    "Characters",
    "Conflict",
    "Detached",
    "Forks",
    "JournalFull",
    "Keeping",
    "Ledger",
    "LedgerEntry",
    "Pulse",
    "PushOutcome",
    "PushStatus",
    "Pushing",
    "Reindexed",
    "Replayed",
    "SaveOutcome",
    "Saved",
    "ScanPlace",
    "Sessions",
    "Settlement",
    "Snapshot",
    "StrandedFork",
    "Unsure",
    "Vault",
    "VaultState",
]
