"""What people ask of the bot itself: by slash command, form, button or words."""
