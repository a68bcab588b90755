"""Balances: never below zero, never above their cap."""

from satchel.errors import InsufficientFunds, MalformedAction, ResourceUnknown, WalletFull
from satchel.inventory.proposal import Proposal

__all__ = ["adjust"]


def adjust(proposal: Proposal, resource: str, amount: int) -> None:
    """Add to a balance, or take from it when the amount is negative.

    Raises:
        ResourceUnknown: The rule set has no such resource.
        MalformedAction: The amount is zero.
        InsufficientFunds: With the amount needed and the balance.
        WalletFull: With the amount and the room left below the cap.
    """
    found = proposal.session.catalogue.resources.get(resource)
    if found is None:
        raise ResourceUnknown(resource=resource, resources=list(proposal.session.catalogue.resources))
    if amount == 0:
        raise MalformedAction(reason="amount must not be 0 - at `$.amount`")
    balance = proposal.session.wallet.get(resource, 0)
    if balance + amount < 0:
        proposal.refuse(InsufficientFunds(resource=resource, required=-amount, available=balance))
    elif amount > 0 and balance + amount > found.cap:
        proposal.refuse(WalletFull(resource=resource, required=amount, available=max(0, found.cap - balance)))
    else:
        proposal.set_balance(resource, balance + amount)
