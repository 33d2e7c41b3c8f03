"""Everything that must outlive the process, in Redis. Knows Redis and the core's values, nothing else."""
