"""Code for speed alone: keyset pagination, counts of tabs, cached statements, rows as strings (docs/caches.md)."""
