"""How dates and times are written and read; Django's own Vietnamese formats read no day as people here write it."""
