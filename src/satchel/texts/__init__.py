"""What players read in every front end: messages, names, numbers and errors in Russian and English."""

from satchel.texts.languages import LANGUAGES
from satchel.texts.messages import Texts

__all__ = ["LANGUAGES", "Texts"]
