"""What operators run: audit, history, quarantine, restore."""
