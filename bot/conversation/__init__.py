"""What was said in a thread, and what the model is told of it."""
