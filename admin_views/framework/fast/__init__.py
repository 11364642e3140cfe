"""Code that serves speed alone: places of pages, counts of tabs, kept statements, drawn rows (docs/caches.md)."""
