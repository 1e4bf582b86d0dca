"""Bytes to models and back, pure."""
