"""What every test shares: how Hypothesis behaves on a busy machine and in CI."""

from __future__ import annotations

import os

from hypothesis import settings

# No deadline: a slow moment of the machine is not a failure.
settings.register_profile("local", deadline=None)
# The same examples every time, so that a red run can be run again.
settings.register_profile("ci", parent=settings.get_profile("local"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")
