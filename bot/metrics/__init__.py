"""Prometheus: what is counted of the happenings, and what watches it."""
