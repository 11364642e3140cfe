"""The demo world: a city with employers, committees and declarations at every stage. Not for production."""

from demo.world import accounts, build, empty, reset

__all__ = ['accounts', 'build', 'empty', 'reset']
