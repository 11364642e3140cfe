"""Tests on the small database: fixtures of these names replace those of the demo world."""

from tests.small_world import account, application, session

__all__ = ['account', 'application', 'session']
