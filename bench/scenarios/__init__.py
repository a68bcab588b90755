"""What is measured: one file, one question."""
