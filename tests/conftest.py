"""Settings that every test runs under."""

import os

from hypothesis import HealthCheck, settings

# The IR verifier runs after every pass in every test.
os.environ["PULLBACK_VERIFY"] = "1"

# `make test` draws few programs, the same ones each time; `make fuzz` (PULLBACK_FUZZ=N) draws N new ones a test.
settings.register_profile("quick", max_examples=50, derandomize=True, deadline=None)
settings.register_profile(
    "fuzz",
    max_examples=int(os.environ.get("PULLBACK_FUZZ", "0")) or 50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("fuzz" if os.environ.get("PULLBACK_FUZZ") else "quick")
