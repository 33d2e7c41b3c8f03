"""Slack: what comes in, what goes out, and how fast. Knows Slack and Bolt, nothing of the model or of Redis."""
