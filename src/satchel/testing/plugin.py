"""Fixtures for the tests of a game; pytest finds them by itself once Satchel is installed.

`satchel_client` is a client of an engine in memory, and `satchel_clock` the clock that a test turns forward. Override
`satchel_catalogue` to play in your own world, and `satchel_game` to play by your own rules. `satchel_client` needs
pytest-asyncio, in either of its modes. Nothing is imported before a test asks for it.
"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from satchel.game import Game
    from satchel.inventory.definitions.catalogue import Catalogue
    from satchel.testing.clock import FakeClock

__all__ = ["pytest_configure", "satchel_catalogue", "satchel_clock", "satchel_game"]


@pytest.fixture
def satchel_catalogue() -> "Catalogue":
    """The starter world. Override it with your own: `return load_catalogue(Path("my_world"))`."""
    from satchel.catalogue import load_catalogue

    return load_catalogue()


@pytest.fixture
def satchel_game() -> "Game | None":
    """Your own actions and vetoes: override it, and return your `Game`."""
    return None


@pytest.fixture
def satchel_clock() -> "FakeClock":
    """The clock of the engine: `satchel_clock.forward(timedelta(minutes=5))`."""
    from satchel.testing.clock import FakeClock

    return FakeClock()


class _WithoutAsyncio:
    """Stands in for `satchel.testing.fixtures` where a test would get the asynchronous fixture unopened."""

    @pytest.fixture
    def satchel_client(self) -> None:
        """Say what is missing."""
        pytest.fail("satchel_client needs pytest-asyncio: install it, and do not disable it", pytrace=False)


def pytest_configure(config: pytest.Config) -> None:
    """Add `satchel_client`: only now is it known whether pytest-asyncio runs."""
    fixtures: object = _WithoutAsyncio()
    if config.pluginmanager.hasplugin("asyncio"):
        from satchel.testing import fixtures

    config.pluginmanager.register(fixtures, "satchel-fixtures")
