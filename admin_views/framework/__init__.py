"""Base classes and helpers of every list and form, which connect Flask-Admin with the rules."""
