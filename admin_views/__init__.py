"""What each role sees: Flask-Admin views derived from models and rules, one module a role."""
