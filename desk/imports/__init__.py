"""Pages of files that come in, and of the figures of past years that came by them."""
