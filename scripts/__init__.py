"""The tools of the project: each module runs as ``python -m scripts.NAME``."""
