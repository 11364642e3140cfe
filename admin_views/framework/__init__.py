"""The frame of every list and form: Flask-Admin meets the rules here."""
