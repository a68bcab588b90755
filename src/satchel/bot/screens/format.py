"""How every screen writes names, numbers, bars and buttons."""

from html import escape

import msgspec

from satchel.bot.callbacks import Callback, Place, Verb, Where
from satchel.bot.catalogue import BotCatalogue
from satchel.bot.screens.screen import Button, Style
from satchel.inventory.definitions.items import ItemDefinition
from satchel.inventory.figures import Stats
from satchel.inventory.item import Item
from satchel.texts import Texts
from satchel.texts.languages import in_language
from satchel.texts.names import bidi_safe, shortened, word
from satchel.texts.numbers import MINUS, kilograms, signed, times
from satchel.texts.numbers import number as write_number

__all__ = ["ENGINE_MODIFIERS", "NAME_MAX", "Format"]

NAME_MAX = 40
"""The longest name in a text; on a button it is `LABEL_MAX`."""

LABEL_MAX = 28
BAR_CELLS = 10
ENGINE_MODIFIERS = ("quick_slots", "weight_limit_g")
"""Modifiers that the engine itself reads, in addition to `slots.<container>`; they are not shown as strength."""

OWN_UNIT = "weight_limit_g"
HOME = Place()


class Format(msgspec.Struct, frozen=True):
    """Writes for one player, about one character.

    Attributes:
        texts: What the bot says.
        catalogue: The catalogue.
        lang: The player's language.
        char_id: The character.
        now_ms: The time, in ms since 1970.
    """

    texts: Texts
    catalogue: BotCatalogue
    lang: str
    char_id: int
    now_ms: int

    def say(self, key: str, **variables: str | int) -> str:
        """A message in the player's language."""
        return self.texts.say(self.lang, key, **variables)

    # -- names ---------------------------------------------------------------------------------------------------------

    def shown(self, name: str, longest: int = NAME_MAX) -> str:
        """A name for HTML: literal, and on one line."""
        return escape(bidi_safe(shortened(name, longest)), quote=False)

    def name(self, kind: str, id_: str) -> str:
        """The name of a slot, category, ... as it is."""
        return self.catalogue.names.of(kind, id_, self.lang)

    def known(self, kind: str, id_: str) -> str:
        """The name of a slot, category, ... for HTML."""
        return self.shown(self.name(kind, id_))

    def named(self, definition: ItemDefinition) -> str:
        """A definition's name in the player's language."""
        return in_language(definition.name, self.lang)

    def rarity_sign(self, definition: ItemDefinition) -> str:
        """The sign of a rarity."""
        return self.say("rarity-mark", rank=self.catalogue.full.rarity_rank.get(definition.rarity, -1))

    def item(self, item: Item, quantity: int | None = None) -> str:
        """Rarity sign, name and number of an item, for HTML."""
        definition = self.catalogue.definition(item)
        return f"{self.rarity_sign(definition)} {self.shown(self.named(definition))}" + self.times(
            quantity or item.quantity
        )

    def label(self, item: Item) -> str:
        """Rarity sign, name and number of an item, for a button."""
        definition = self.catalogue.definition(item)
        name = bidi_safe(shortened(self.named(definition), LABEL_MAX))
        return f"{self.rarity_sign(definition)} {name}" + self.times(item.quantity)

    def title(self, item: Item, quantity: int | None = None) -> str:
        """Name and number of an item, for a toast."""
        name = shortened(self.named(self.catalogue.definition(item)), NAME_MAX)
        return bidi_safe(name) + self.times(quantity or item.quantity)

    def term(self, kind: str, name: str) -> str:
        """The word for a modifier, attribute or effect; one without a word is spelled out."""
        return word(self.texts, self.lang, kind, name)

    def modifier(self, name: str) -> str:
        """The word for a modifier."""
        prefix, dot, rest = name.partition(".")
        if dot and prefix == "slots":
            return self.say("modifier-slots", container=self.known("container", rest))
        return self.term("modifier", name)

    # -- numbers -------------------------------------------------------------------------------------------------------

    def times(self, quantity: int) -> str:
        """The number of a stack; nothing for one."""
        return times(self.lang, quantity)

    def number(self, number: int) -> str:
        """A number with its thousands set apart."""
        return write_number(self.lang, number)

    def signed(self, number: int) -> str:
        """A difference."""
        return signed(self.lang, number)

    def arrow(self, number: int) -> str:
        """A difference with an arrow up or down."""
        return f"{self.say('up') if number > 0 else self.say('down')} {self.signed(number)}" if number else ""

    def kilograms(self, grams: int) -> str:
        """A weight, without its unit."""
        return kilograms(self.lang, grams)

    def value(self, name: str, number: int) -> str:
        """A modifier's value, with its sign."""
        if name == OWN_UNIT:
            sign = "+" if number > 0 else MINUS if number < 0 else ""
            return self.say("kg", kg=sign + self.kilograms(abs(number)))
        return self.signed(number)

    def bonuses(self, modifiers: dict[str, int]) -> str:
        """Modifiers on one line."""
        return " · ".join(f"{self.modifier(name)} {self.value(name, value)}" for name, value in modifiers.items())

    def bar(self, used: int, limit: int) -> str:
        """A bar. It looks empty only at zero, and full only at the limit."""
        cells = 0 if limit <= 0 else min(BAR_CELLS, used * BAR_CELLS // limit)
        cells = max(cells, 1) if used > 0 else cells
        return self.say("bar-full") * cells + self.say("bar-empty") * (BAR_CELLS - cells)

    def load(self, stats: Stats) -> list[str]:
        """How full and how heavy the bag is."""
        first, *others = [c.id for c in self.catalogue.rules.containers if c.id in stats.slots]
        count = stats.slots[first]
        lines = [self.say("load-bag", bar=self.bar(count.used, count.limit), used=count.used, limit=count.limit)]
        carried, limit = self.kilograms(stats.weight_g), self.kilograms(stats.weight_limit_g)
        key = "load-heavy" if stats.weight_g > stats.weight_limit_g else "load-weight"
        lines.append(self.say(key, bar=self.bar(stats.weight_g, stats.weight_limit_g), used=carried, limit=limit))
        more = [
            f"{self.known('container', other)} {stats.slots[other].used}/{stats.slots[other].limit}"
            for other in others
            if stats.slots[other].used
        ]
        return [*lines, *([" · ".join(more)] if more else [])]

    def ago(self, at_ms: int) -> str:
        """How long ago something was."""
        minutes = max(0, self.now_ms - at_ms) // 60_000
        if minutes < 1:
            return self.say("ago-now")
        if minutes < 60:
            return self.say("ago-minutes", n=minutes)
        return self.say("ago-hours", n=minutes // 60) if minutes < 2880 else self.say("ago-days", n=minutes // 1440)

    # -- buttons -------------------------------------------------------------------------------------------------------

    def button(
        self,
        text: str,
        verb: Verb,
        style: Style = "",
        *,
        like: Callback | None = None,
        item: str = "",
        number: int = 0,
        place: Place = HOME,
    ) -> Button:
        """A button; from `like` it takes everything but the verb and the number."""
        if like is not None:
            return Button(text, msgspec.structs.replace(like, verb=verb, number=number), style)
        return Button(text, Callback(verb, self.char_id, 0, item, number, place), style)

    def ways(self, back: Button | None = None) -> tuple[Button, ...]:
        """The last row of every screen but the doll: back and home."""
        home = self.button(self.say("button-gear"), Verb.DOLL)
        return (back, home) if back is not None else (home,)

    def back_to(self, place: Place) -> Button | None:
        """The button that leads back to a place; None if that is the doll."""
        text = self.say("button-back")
        if place.where == Where.DOLL:
            return None
        if place.where == Where.BELT:
            return self.button(text, Verb.BELT)
        return self.button(text, Verb.LIST, place=place)
