"""The hour of closing time: every team of the country sends what its phone has kept, within minutes."""
