"""Tests of what the sample agent and the demo run on without keys."""
