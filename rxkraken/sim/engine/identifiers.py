"""Order ids in Kraken's shape: ``O6ZQNQ-BXL4E-5WGINO``."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
# Two letters are ten bits: eight look-ups make an id, several times faster than base64.b32encode.
_PAIRS = tuple(map("".join, product(_LETTERS, repeat=2)))


def order_ids(source: random.Random) -> Callable[[], str]:
    """Give a function that makes the next id; 80 random bits make two equal ones unheard of.

    >>> import random
    >>> new_id = order_ids(random.Random(7))
    >>> new_id() == new_id()
    False
    """

    def new_id() -> str:
        bits = source.getrandbits(80)
        letters = "".join([_PAIRS[bits >> shift & 1023] for shift in range(0, 80, 10)])
        return f"O{letters[:5]}-{letters[5:10]}-{letters[10:]}"

    return new_id
