"""Reading and writing of tables as files: .xlsx and CSV."""
