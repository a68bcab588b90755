"""What runs: settings, the wiring of all parts, and processes that stop without losing anything."""
