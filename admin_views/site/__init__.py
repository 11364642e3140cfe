"""Pages outside the work of a role: sign-in, first page, messages, jobs, verification."""
