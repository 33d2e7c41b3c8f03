"""Slash commands, forms, buttons and the Home tab."""
