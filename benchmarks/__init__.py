"""Measurements, as ratios taken in one process; see README.rst."""
