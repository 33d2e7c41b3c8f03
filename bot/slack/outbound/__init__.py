"""What is shown in Slack's threads."""
