"""The rules of an inventory, pure: no await, no clock, no randomness, no logging, no I/O."""
