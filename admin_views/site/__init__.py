"""Pages of everyone: sign-in, first page, messages, jobs, verification."""
