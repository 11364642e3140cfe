"""Contexts of papers: the plain values that a template reads, gathered out of its subjects; nothing is stored."""
