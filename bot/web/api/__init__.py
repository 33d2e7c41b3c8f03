"""The API for programs: threads, what is said in them, and how that is asked for over HTTP."""
