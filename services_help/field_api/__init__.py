"""JSON for the app at ``/field/``: who is signed in, what it needs without network, photos, and what it reports."""
