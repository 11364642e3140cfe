"""The lists and pages of each role."""
