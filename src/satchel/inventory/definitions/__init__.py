"""What kinds of items exist, and by which rules they are worn, stacked and carried: plain data, read from files."""
