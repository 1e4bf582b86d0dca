"""The loop in virtual time that is shipped to users."""

from rxkraken.testing.virtual_time import VirtualLoop, in_virtual_time

__all__ = ["VirtualLoop", "in_virtual_time"]
