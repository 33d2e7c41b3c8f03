"""What people read from the bot."""
