"""The faults: each strikes, holds for a while, and lets go. The machine is healed after each of them."""

from types import MappingProxyType

from proof.chaos.strikes import on_failover, on_network, on_postgres, on_satchel, on_valkey
from proof.chaos.strikes.fault import Fault

__all__ = ["FAULTS", "Fault"]

FAULTS = MappingProxyType(
    {**on_satchel.FOUND, **on_valkey.FOUND, **on_failover.FOUND, **on_postgres.FOUND, **on_network.FOUND}
)
"""Every fault by its name, in an order that seeds of campaigns rest on."""
