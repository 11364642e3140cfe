"""Pages about declarations, whichever role opens them."""
