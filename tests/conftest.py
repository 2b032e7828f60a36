"""Hypothesis looks at no clock: that a machine is busy is no finding."""

import hypothesis

hypothesis.settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("unhurried")
