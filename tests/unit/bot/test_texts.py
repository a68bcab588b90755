import re
from importlib import resources
from pathlib import Path

import pytest
from fluent.runtime import FluentResource
from fluent.syntax import ast
from fluent.syntax.visitor import Visitor

from satchel.bot.main import COMMANDS
from satchel.errors import API_ERRORS, error_from_code
from satchel.inventory.book import BUILT_IN
from satchel.inventory.definitions.catalogue import Catalogue
from satchel.texts import LANGUAGES, Texts
from satchel.texts.errors import error_in_words
from tests.tidy.source import ROOT


class _Variables(Visitor):
    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:  # noqa: N802 - named by the library
        self.found.add(node.id.name)


def _messages(lang: str) -> dict[str, set[str]]:
    text = (resources.files("satchel.texts") / f"{lang}.ftl").read_text(encoding="utf-8")
    resource = FluentResource(text)
    assert not [entry for entry in resource.body if isinstance(entry, ast.Junk)]
    found = {}
    for entry in resource.body:
        if isinstance(entry, ast.Message):
            assert entry.id.name not in found, f"{lang}.ftl has {entry.id.name} twice"
            variables = _Variables()
            variables.visit(entry)
            found[entry.id.name] = variables.found
    return found


def test_both_languages_have_the_same_messages_with_the_same_variables() -> None:
    assert _messages("en") == _messages("ru")


def test_every_error_code_has_a_text() -> None:
    assert API_ERRORS.keys() - _messages("en").keys() == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_error_text_can_be_said_with_the_figures_that_errors_have(lang: str) -> None:
    texts = Texts()

    for code in API_ERRORS:
        said = texts.say(lang, code, required="3", available="1", missing="level 5")
        assert said
        assert len(said) <= 190
        assert "<" not in said


def test_everything_in_the_starter_world_that_is_named_by_a_code_has_a_word(catalogue: Catalogue) -> None:
    definitions = catalogue.definitions.values()
    modifiers = {name for d in definitions for name in d.modifiers if "." not in name}
    modifiers |= {
        name for s in catalogue.rules.sets for bonus in s.bonuses.values() for name in bonus if "." not in name
    }
    attributes = {name for d in definitions for name in d.requires.attributes}
    effects = {d.use.effect for d in definitions if d.use is not None}
    classes = {name for d in definitions for name in d.requires.classes}
    wanted = {f"modifier-{name}" for name in modifiers} | {f"attribute-{name}" for name in attributes}
    wanted |= {f"effect-{name}" for name in effects} | {f"class-{name}" for name in classes}
    wanted |= {f"did-{entry.name}" for entry in BUILT_IN.asked_for}

    assert {name.replace("_", "-") for name in wanted} - _messages("en").keys() == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_effect_of_the_starter_world_can_be_said_with_its_values(catalogue: Catalogue, lang: str) -> None:
    texts = Texts()

    for definition in catalogue.definitions.values():
        if definition.use is not None:
            assert texts.say(lang, f"effect-{definition.use.effect.replace('_', '-')}", **definition.use.values)


def test_every_message_that_the_bot_says_exists_and_every_message_is_said() -> None:
    files = [path for room in ("bot", "texts") for path in (ROOT / "src/satchel" / room).rglob("*.py")]
    source = "\n".join(path.read_text(encoding="utf-8") for path in files)
    plain = set(re.findall(r"[\"']([a-z][a-z0-9]*(?:-[a-z0-9]+)*)[\"']", source)) | {
        f"command-{name}" for name in COMMANDS
    }
    families = ("modifier-", "attribute-", "class-", "effect-", "did-", "sort-", "wallet-", "done-", "button-")
    known = _messages("en").keys()
    said = set(re.findall(r"say\([\"']([a-z0-9-]+[a-z0-9])[\"']", source))

    assert said - known == set()
    assert {key for key in known - plain - API_ERRORS.keys() if not key.startswith(families)} == set()


def test_a_deployment_replaces_single_messages(tmp_path: Path) -> None:
    (tmp_path / "en.ftl").write_text("button-back = Return\n", encoding="utf-8")
    texts = Texts(tmp_path)

    assert texts.say("en", "button-back") == "Return"
    assert texts.say("en", "button-use") == Texts().say("en", "button-use")
    assert texts.say("ru", "button-back") == Texts().say("ru", "button-back")


def test_a_message_without_its_variable_is_a_mistake_not_a_gap() -> None:
    with pytest.raises(ValueError, match="doll-title"):
        Texts().say("en", "doll-title", name="Ann")


def test_russian_counts_days_as_russians_do() -> None:
    texts = Texts()

    assert [texts.say("ru", "ago-days", n=n) for n in (1, 3, 11, 21)] == [
        "1 день назад",
        "3 дня назад",
        "11 дней назад",
        "21 день назад",
    ]


def test_only_the_texts_choose_between_languages() -> None:
    choosing = re.compile(r"\.(ru|en)\b|lang == [\"']")
    sources = (ROOT / "src/satchel/bot").rglob("*.py")
    wrong = [path.name for path in sources if choosing.search(path.read_text(encoding="utf-8"))]

    assert wrong == []


def test_a_refusal_of_a_game_is_told_as_one_until_the_game_adds_its_words(tmp_path: Path) -> None:
    (tmp_path / "en.ftl").write_text("in_combat = Not in the middle of a fight!\n", encoding="utf-8")
    refusal = error_from_code("in_combat", {}, status=422)

    assert error_in_words(Texts(), "en", refusal) == "The game does not allow this now."
    assert error_in_words(Texts(), "ru", refusal) == "Игра сейчас этого не позволяет."
    assert error_in_words(Texts(tmp_path), "en", refusal) == "Not in the middle of a fight!"
