"""What a text must not tell a model: found by its looks, hidden, and shown again in the answer where it may be."""
