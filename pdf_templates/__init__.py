"""Papers: templates, the table of reports, the data of each paper, and the engine that makes PDF of them."""
