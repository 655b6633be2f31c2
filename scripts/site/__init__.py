"""Builds the pages as a site: `python -m scripts.site`."""
