"""`python -m proof.model` searches the protocol within larger bounds than the tests; see --help."""

import argparse
import sys

import msgspec

from proof.model.protocol import Bounds, Rules
from proof.model.search import VARIANTS, search


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m proof.model", description=__doc__)
    for field in msgspec.structs.fields(Bounds):
        parser.add_argument(f"--{field.name}", type=int, default=field.default)
    parser.add_argument("--variant", choices=list(VARIANTS), help="show how this variant fails, within its own bounds")
    options = vars(parser.parse_args())
    variant = options.pop("variant")
    rules, bounds = VARIANTS[variant] if variant else (Rules(), Bounds(**options))
    found = search(rules, bounds)
    sys.stdout.write(f"{variant or 'the protocol'}, {bounds}:\n{found.in_words()}\n")
    return int(bool(found.wrong) and not variant)


if __name__ == "__main__":
    sys.exit(main())
