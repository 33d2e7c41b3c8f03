"""Reading what strangers made, apart from the bot: a child process with limits, thrown away after each file."""
