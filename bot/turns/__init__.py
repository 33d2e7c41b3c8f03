"""Turns: the work of answering one batch, from the inbox into the thread."""
