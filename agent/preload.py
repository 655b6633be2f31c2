"""Loads, where the processes of calls are forked from, what each would have to load for itself.

LiveKit imports this module there once (`preload_modules`): a process is ready for its call in a
fraction of the time, and a call finds the words of its domain compiled. An edit of a domain's file
still counts from the next call on: that text is then compiled anew.
"""

from __future__ import annotations

import numpy.fft  # noqa: F401 - LiveKit would, in the middle of the agent's first sentence

from . import server  # noqa: F401 - what a call runs
from .domains import all_domains

for _ in all_domains():
    pass  # the compiled words stay
