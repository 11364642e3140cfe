"""The flow of a declaration (手册 §1.2): its table, what may be done now, and doing it."""
