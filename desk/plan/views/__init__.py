"""Pages of the plan: staff read what they see, and change what they have the right to."""
