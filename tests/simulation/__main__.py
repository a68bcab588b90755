"""`python -m tests.simulation --seed N` repeats one schedule; `--schedules N --minutes M --jobs J` runs many."""

import sys

from tests.simulation.campaign import main

sys.exit(main())
