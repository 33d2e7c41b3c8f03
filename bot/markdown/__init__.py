"""Markdown: its structure, and where it can be cut."""
