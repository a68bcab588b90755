import json
import shutil
from importlib import resources
from pathlib import Path

import msgspec
import pytest

from satchel.inventory.actions import Grant, UpdateCharacter
from satchel.inventory.character import Character
from satchel.runtime.config import Settings
from tests.acceptance.bot.bot_stage import ApiHost, Stage, say
from tests.acceptance.bot.conftest import acting

STRANGE = (
    "<b>Bold & co</b>",
    "&lt;script&gt;",
    "🗡️👨‍👩‍👧‍👦🏳️‍🌈",
    "שלום עולם",
    "مرحبا",
    "a\u202eb\u202dc",
    "Z̷̢̛a̵l̴g̶o̸",
    "{ $name } {x}",
    "_*[]()~`>#+-=|{}.!",
    "x" * 64,
)


async def test_the_api_may_restart_in_mid_conversation(own_host: ApiHost) -> None:
    async with acting(own_host) as stage:
        ann = await stage.hero("iron_sword", "oak_shield")
        await ann.send("/find sword")
        await own_host.stop()
        await ann.tap("Wear")
        told, shown = ann.alerts[-1], ann.screen
        await own_host.start()
        await ann.tap("Wear")
        await ann.tap("Gear")

        assert told in (say("en", "session_unavailable"), say("en", "slow"))
        assert "Wear" in shown.buttons
        assert await stage.worn(ann, "main_hand") == "iron_sword"
        assert "Iron Sword" in ann.screen.text
        assert (stage.telegram.refused, stage.telegram.unanswered) == ([], [])


async def test_while_the_api_is_away_commands_say_so_and_work_again_afterwards(own_host: ApiHost) -> None:
    async with acting(own_host) as stage:
        ann = await stage.hero("iron_sword")
        await ann.send("/gear")
        await own_host.stop()
        await ann.send("/bag")
        away = ann.screen
        found = await ann.search("sword")
        await own_host.start()
        await ann.send("/bag")

        assert away.text in (say("en", "session_unavailable"), say("en", "slow"))
        assert found.results == ()
        assert "Iron Sword" in ann.screen.text


@pytest.fixture
def roomy_world(tmp_path: Path) -> Path:
    """The starter world with a bag for everything."""
    world = tmp_path / "world"
    shutil.copytree(str(resources.files("satchel.catalogue") / "data"), world)
    rules = json.loads((world / "rules.json").read_text())
    rules["weight_limit_g"] = 10**12
    next(container for container in rules["containers"] if container["id"] == "bag")["slots"] = 600
    (world / "rules.json").write_text(json.dumps(rules))
    return world


@pytest.fixture
async def roomy_host(own_settings: Settings, roomy_world: Path, vault_dsn: str, redis_url: str) -> "ApiHost":
    """An API with that world."""
    return ApiHost(msgspec.structs.replace(own_settings, catalogue=str(roomy_world)), vault_dsn, redis_url)


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_a_bag_of_500_items_is_paged_through_to_its_end(roomy_host: ApiHost, language: str) -> None:
    await roomy_host.start()
    async with acting(roomy_host) as stage:
        ann = await stage.hero(language=language)
        for _ in range(10):
            await stage.act(ann, *[Grant(definition="iron_sword")] * 50)
        await ann.send("/bag")
        pages = [ann.screen.text]
        while say(language, "page", page=84, pages=84) not in ann.screen.buttons:
            await ann.tap(say(language, "button-next"))
            pages.append(ann.screen.text)
        await ann.tap(say(language, "button-next"))

        assert len(pages) == 84
        assert sum(page.count("⚪") for page in pages) == 500
        assert say(language, "page", page=1, pages=84) in ann.screen.buttons
        assert stage.telegram.refused == []
    await roomy_host.stop()


@pytest.mark.parametrize("name", STRANGE)
async def test_names_are_shown_literally(stage: Stage, name: str) -> None:
    ann, newcomer = await stage.hero("iron_sword", name=name), stage.player(name=name)
    await ann.send("/gear")
    await newcomer.send("/start")

    assert name[:39] in ann.screen.text
    assert newcomer.screen.text.startswith("🏮")
    assert name[:39] in newcomer.screen.text


@pytest.mark.parametrize("text", STRANGE)
async def test_what_is_typed_is_shown_literally(stage: Stage, text: str) -> None:
    ann = await stage.hero("iron_sword")
    await ann.send(f"/find {text}")

    assert text in ann.screen.text


async def test_a_character_that_changed_hands_is_no_longer_shown(stage: Stage) -> None:
    ann = await stage.hero("iron_sword")
    await ann.send("/find sword")
    await stage.act(ann, UpdateCharacter(owner="tg:1"))
    await ann.tap("Wear")

    assert ann.alerts == [say("en", "not_owner")]


async def test_a_stranger_of_no_demo_is_told_where_characters_come_from(own_host: ApiHost) -> None:
    async with acting(own_host, demo=False) as stage:
        ann = stage.player(language="ru")
        for command in ("/start", "/bag", "/gear", "меч"):
            await ann.send(command)
            assert ann.screen.text == say("ru", "no-character")
        await stage.client.put_character(ann.id, Character(f"tg:{ann.id}", "Аня"))
        await ann.send("/start")

        assert ann.screen.text.startswith("🧍 Аня")
