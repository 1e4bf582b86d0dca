"""Number texts: what the exchange wrote, what checksums are made of, how text is repaired.

Source: spec ``v2-market-data`` §1.3 and §7.3.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

_FARTHEST = 60  # digits left or right of the point; a larger exponent would fill the memory


def checksum_token(text: str) -> str:
    """Give what a number contributes to a book's checksum; a zero gives the empty text.

    >>> checksum_token("0.00100000")
    '100000'
    """
    return text.lstrip("0.").replace(".", "")


def decimals_of(text: str) -> int:
    """Count the digits behind the decimal point of a plain decimal text."""
    return len(text) - text.find(".") - 1 if "." in text else 0


def plain(value: Any) -> str:
    """Write a number of any kind the wire or a user gives as plain decimal text.

    >>> plain("1e-08"), plain(5), plain(Decimal("0.10")), plain(0.25)
    ('0.00000001', '5', '0.10', '0.25')

    Raises:
        ValueError: it is no finite number, or one beyond all prices and quantities.
    """
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"{value!r} is not a number") from None
    if not number.is_finite():
        raise ValueError(f"{value!r} is not a finite number")
    if abs(number.adjusted()) > _FARTHEST:
        raise ValueError(f"{value!r} is no price and no quantity")
    return format(number, "f")


def padded(text: str, decimals: int) -> str:
    """Write a plain decimal text with a number of decimals; only zeros are added or cut.

    >>> padded("4.0", 8), padded("65972", 1), padded("5.0", 0), padded("0.123", 2)
    ('4.00000000', '65972.0', '5', '0.123')
    """
    missing = decimals - decimals_of(text)
    if missing > 0:
        return text + ("" if "." in text else ".") + "0" * missing
    surplus = len(text) + missing
    return text if text[surplus:].strip("0") else text[:surplus].removesuffix(".")
