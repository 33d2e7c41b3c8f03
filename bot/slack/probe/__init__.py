"""What can be found out of the Slack that we have, before people depend on it."""
