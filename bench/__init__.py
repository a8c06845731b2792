"""Benchmarks of the claims that the portal makes. `make bench` prints ratios measured side by side in one run."""
