"""What is handed out before a day: sheets of device passes, one for each team, and posters for the points, as PDF."""
