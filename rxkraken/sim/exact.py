"""JSON in which numbers keep their digits: ``0.10000000`` goes out as it stands.

The exchange pads its numbers (spec ``v2-market-data`` §1.3), and checksums need those digits, so
nothing here passes through floating point.
"""

from __future__ import annotations

import msgspec

from rxkraken.sim.instruments import fixed

Number = msgspec.Raw
_ENCODER = msgspec.json.Encoder()


def number(text: str) -> Number:
    """A number with just these digits.

    >>> encode({"qty": number("0.10000000")})
    b'{"qty":0.10000000}'
    """
    return Number(text.encode())


def fixed_number(value: int, decimals: int) -> Number:
    """A count of ``10 ** -decimals`` as a number with exactly that many decimals."""
    return number(fixed(value, decimals))


def encode(value: object) -> bytes:
    """Encode; dictionaries keep their order."""
    return _ENCODER.encode(value)
