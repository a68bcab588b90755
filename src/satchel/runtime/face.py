"""A face: a front end that is served under the API, in the API's process."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

import msgspec

from satchel.client import InventoryClient

__all__ = ["Application", "Face"]

Application = Callable[..., Awaitable[None]]
"""An ASGI application."""


class Face(msgspec.Struct, frozen=True):
    """What `run_process` needs to know of a front end, so that it need not import it.

    Attributes:
        name: What the ledger calls the face where it acts for itself.
        path: Where it is mounted.
        open: Makes its application, and closes it afterwards; the client has a service's rights.
    """

    name: str
    path: str
    open: Callable[[InventoryClient], AbstractAsyncContextManager[Application]]
