"""The demo world: a city with employers, committees and declarations at every stage. Never part of production."""

from demo.world import accounts, build, empty, reset

__all__ = ['accounts', 'build', 'empty', 'reset']
