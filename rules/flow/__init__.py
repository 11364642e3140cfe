"""The flow of a declaration (手册 §1.2): its table, queries for the possible actions, and their execution."""
