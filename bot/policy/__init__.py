"""Whose choice wins, who may do what, who is answered, and when the bot speaks."""
