"""Measuring the lists at a million rows: the data (``bench.data``) and the cases (``bench.run``)."""
