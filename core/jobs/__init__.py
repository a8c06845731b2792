"""Work that takes longer than a request: ordered by a person, done by a worker in pieces, seen as a progress bar.

The row is what counts (docs/jobs.md): a job is either done or not, and says which, whatever dies in between.
"""
