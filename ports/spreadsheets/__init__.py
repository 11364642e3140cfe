"""Reading and writing tables as files: .xlsx and CSV."""
