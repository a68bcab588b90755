"""The protocol of one inventory as a state machine, searched to the end."""
