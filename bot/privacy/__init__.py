"""What is kept of people: where it stands, and how it is forgotten, exported, shortened and told."""
