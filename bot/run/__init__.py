"""Puts the bot together and runs it. Only this room imports all the others."""
