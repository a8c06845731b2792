"""The command board under fifty screens, while the phones of a peak day send."""
