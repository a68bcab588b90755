"""Satchel shown at work: the engine by itself, and the bot in a terminal."""
