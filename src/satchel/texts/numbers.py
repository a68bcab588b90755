"""Numbers as people write them in each language."""

__all__ = ["MINUS", "kilograms", "number", "signed", "times"]

TIMES, MINUS = "\u00d7", "\u2212"
THOUSANDS = {"en": ",", "ru": "\u00a0"}
DECIMAL = {"en": ".", "ru": ","}


def number(lang: str, value: int) -> str:
    """Write a number with its thousands set apart."""
    return f"{value:,}".replace(",", THOUSANDS[lang]).replace("-", MINUS)


def signed(lang: str, value: int) -> str:
    """Write a difference."""
    return f"{'+' if value > 0 else ''}{number(lang, value)}"


def times(lang: str, quantity: int) -> str:
    """Write how many a stack has, to follow its name; empty for one."""
    return f" {TIMES}{number(lang, quantity)}" if quantity != 1 else ""


def kilograms(lang: str, grams: int) -> str:
    """Write a weight in kilograms, without the unit."""
    text = f"{grams / 1000:.2f}" if 0 < grams < 100 else f"{grams / 1000:.1f}"
    return text.removesuffix(".0").replace(".", DECIMAL[lang])
