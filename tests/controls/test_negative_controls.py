"""Each safety of the protocol, switched off in a test build: its scenario passes with it and fails without it."""

from contextlib import AsyncExitStack

import pytest

from satchel.errors import SatchelError
from satchel.runtime.config import Settings
from tests.controls.controls import CONTROLS, Control
from tests.integration.faults.conftest import Realm

CONTROLS_MIN = 15


async def _tell(control: Control, settings: Settings, dsn: str, url: str) -> None:
    async with AsyncExitStack() as stack:
        await control.scenario(Realm(settings, dsn, url, stack))


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.safety.replace(" ", "_"))
async def test_scenario_holds_with_its_safety(
    control: Control, settings: Settings, vault_dsn: str, redis_url: str
) -> None:
    await _tell(control, settings, vault_dsn, redis_url)


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.safety.replace(" ", "_"))
async def test_scenario_fails_without_its_safety(
    control: Control, settings: Settings, vault_dsn: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    control.off(monkeypatch)

    with pytest.raises((AssertionError, SatchelError)):
        await _tell(control, settings, vault_dsn, redis_url)


def test_there_are_enough_controls_and_each_names_a_safety_of_its_own() -> None:
    assert len({control.safety for control in CONTROLS}) == len(CONTROLS) >= CONTROLS_MIN
