"""Small calls after what people who run voice agents report, and what must come of each."""
