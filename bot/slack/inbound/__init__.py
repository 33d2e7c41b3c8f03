"""What Slack sends: events and interactions, over HTTP or Socket Mode."""
