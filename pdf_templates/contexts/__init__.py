"""Contexts of papers: the plain values that a template reads, gathered from its subjects. They store nothing."""
