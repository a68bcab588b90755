"""The screens: pure functions from a view of the API to a text and a keyboard."""
