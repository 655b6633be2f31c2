"""The tests, which mirror ``filters`` and ``agent``."""
