"""The audit trail: written on every change elsewhere; here also of who saw and took what, searched, and taken out."""
