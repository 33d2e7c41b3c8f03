"""Whose choice wins, who may do what, who is answered and read, and when the bot speaks."""
