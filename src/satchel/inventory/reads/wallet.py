"""The balances of a character."""

import msgspec

from satchel.inventory.model import InventorySessionDTO

__all__ = ["WalletEntry", "WalletView", "wallet_view"]


class WalletEntry(msgspec.Struct, frozen=True, gc=False):
    """One balance, zero included."""

    resource: str
    group: str
    amount: int
    cap: int


class WalletView(msgspec.Struct, frozen=True, gc=False):
    """All balances in the order of the rule set."""

    char_id: int
    version: int
    balances: tuple[WalletEntry, ...]


def wallet_view(session: InventorySessionDTO) -> WalletView:
    """Show every balance."""
    balances = tuple(
        WalletEntry(resource.id, resource.group, session.wallet.get(resource.id, 0), resource.cap)
        for resource in session.catalogue.rules.resources
    )
    return WalletView(session.char_id, session.version, balances)
