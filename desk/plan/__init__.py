"""Planning a day: campaigns and their days, points, who is sent where, targets, and calendars to follow."""
