"""Changing the organisation as one dated operation: prepared, tried out, reviewed, carried out, undone.

docs/reorganisation.md says what each step does to units, teams, people and figures.
"""
