"""Pages of the jobs that a worker does in the background (core/jobs)."""
