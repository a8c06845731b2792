"""Pages of the review: each checks the right to review first, then finds what the reader may see."""
