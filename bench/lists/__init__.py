"""Lists and pages with a hundred rows and with ten thousand; the admin's big tables with ten thousand and a million."""
