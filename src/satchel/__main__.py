"""`python -m satchel` is `satchel`."""

from satchel.cli.main import main

main()
