"""What is served over HTTP: Slack's events in HTTP mode, and whether the bot is well."""
