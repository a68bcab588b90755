"""`python -m proof.simulation --seed N` repeats one schedule; `--schedules N --minutes M --jobs J` runs many."""

import sys

from proof.simulation.schedules import main

sys.exit(main())
