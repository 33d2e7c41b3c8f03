"""Slack's Web API: calls, rate limits, errors, and what is looked up."""
