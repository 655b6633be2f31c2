"""Tests of the filter in Pipecat; they need the extra `pipecat`, and are skipped without."""
