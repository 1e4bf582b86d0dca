"""The one door through which JSON leaves: requests are encoded by ujson."""

from __future__ import annotations

from typing import Any

import ujson


def encode(value: Any) -> str:
    """Give the JSON text of a request."""
    return ujson.dumps(value, escape_forward_slashes=False)
