"""“Số này từ đâu?”: from any cell of an answer to the sessions and lines behind it.

The engine tells the figure from the tallies. Here it is found once more, by another path: the raw rows through the
ORM, homes and parents walked in Python. So an explanation is a proof at the same time.
"""
