"""Flask-Admin views derived from models and rules: framework, and pages of roles, of declarations and of the site."""
