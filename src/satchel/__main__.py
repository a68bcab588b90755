"""`python -m satchel` is `satchel`."""

from satchel.cli import main

main()
