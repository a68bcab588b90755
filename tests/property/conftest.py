"""Profiles of the random tests: a short one for every run, and a long one for campaigns.

`SATCHEL_HYPOTHESIS=long python -m pytest tests/property --timeout=0`. A failure prints what was asked for, step
by step, and the line (`@reproduce_failure`) that repeats it.
"""

import os

from hypothesis import HealthCheck, Phase, settings

SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)

SHORT = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)

settings.register_profile(
    "short",
    deadline=None,
    print_blob=True,
    max_examples=80,
    stateful_step_count=40,
    suppress_health_check=SLOW,
    phases=SHORT,
)
settings.register_profile(
    "long",
    deadline=None,
    print_blob=True,
    max_examples=5_000,
    stateful_step_count=80,
    suppress_health_check=SLOW,
    phases=SHORT,
)
settings.load_profile(os.environ.get("SATCHEL_HYPOTHESIS", "short"))
