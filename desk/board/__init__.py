"""The command board of a day: figures, map, points, teams, phones; each part also a table, a CSV and a picture."""
