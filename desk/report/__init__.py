"""The pages on which staff draft, look at and issue official reports."""
