"""The flow of a declaration: its table, asking and doing."""
