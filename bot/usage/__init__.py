"""What answers took and what they cost."""
