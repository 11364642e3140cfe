"""Measurements at a million rows: the data (``bench.data``), the lists (``bench.lists``) and the papers."""
