"""Profiles of the random tests: a short one for every run, and `SATCHEL_HYPOTHESIS=long` for campaigns."""

import os

from hypothesis import HealthCheck, Phase, settings

SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)

SHORT = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)

settings.register_profile(
    "short", deadline=None, max_examples=80, stateful_step_count=40, suppress_health_check=SLOW, phases=SHORT
)
settings.register_profile(
    "long",
    deadline=None,
    max_examples=5_000,
    stateful_step_count=80,
    suppress_health_check=SLOW,
    phases=SHORT,
)
settings.load_profile(os.environ.get("SATCHEL_HYPOTHESIS", "short"))
