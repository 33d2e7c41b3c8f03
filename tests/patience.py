"""How long a test waits for what must come: long enough for a busy machine, less than one test may take."""

PATIENCE = 150.0  # seconds
