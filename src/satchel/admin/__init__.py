"""What operators do: audit, history, quarantine, restore, checks."""
