import pytest

from satchel.demos.terminal import TerminalChat, draw, shown_width
from satchel.testing.telegram import Button, FakeTelegram, Screen


def _screen(text: str, *rows: tuple[str, ...]) -> Screen:
    return Screen(1, 1, text, text, tuple(tuple(Button(label, data="x") for label in row) for row in rows))


def test_a_screen_is_a_box_with_numbered_buttons() -> None:
    lines = list(draw(_screen("Bag 2/20", ("Sword", "Equip"), ("Back",))))

    assert lines[1].split() == ["│", "Bag", "2/20", "│"]
    assert "[1] Sword   [2] Equip" in lines[3]
    assert "[3] Back" in lines[4]
    assert {len(line) for line in lines} == {66}


@pytest.mark.parametrize("text", ["🗡️ Меч 🛡", "x" * 200, "слово " * 40, "🗡" * 50, "עברית", ""])
def test_every_line_of_a_box_is_equally_wide(text: str) -> None:
    assert {shown_width(line) for line in draw(_screen(text))} == {66}


@pytest.mark.usefixtures("counting")
async def test_a_script_of_numbers_and_texts_is_played_to_its_end(telegram: FakeTelegram) -> None:
    said: list[str] = []
    script = ["1\n", "1\n", "hello\n", "7\n", "/quit\n", "never read\n"]

    await TerminalChat(telegram, telegram.user(4711), "en", script, said.append, echo=True).run()

    text = "\n".join(said)
    assert "> /start" in text
    assert "(now 2)" in text
    assert "│ count 2 " in text
    assert "│ you wrote hello " in text
    assert "There is no button 7." in text
    assert "never read" not in text


@pytest.mark.usefixtures("counting")
async def test_the_end_of_the_script_ends_the_chat(telegram: FakeTelegram) -> None:
    said: list[str] = []

    await TerminalChat(telegram, telegram.user(4711), "ru", ["1\n"], said.append, echo=False).run()

    assert "Число нажимает кнопку" in said[0]
    assert "│ count 1 " in "\n".join(said)
