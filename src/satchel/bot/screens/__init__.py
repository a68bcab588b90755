"""The screens: pure functions that turn an answer of the API into a text and a keyboard."""
