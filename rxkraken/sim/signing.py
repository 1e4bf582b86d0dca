"""Signatures of private REST calls, made and checked (spec ``rest`` §2).

Written from the document alone, so that a client which signs by its own code is really tested.
"""

from __future__ import annotations

import base64
import hmac
import json
from hashlib import sha256
from urllib.parse import parse_qsl

_LARGEST_NONCE = (1 << 64) - 1


def signature(secret: str, path: str, nonce: str, body: bytes) -> str:
    """The value of the header ``API-Sign``.

    Args:
        secret: the base64 text that the exchange gave out with the key.
        path: from ``/0/private/`` on, without host and query.
        nonce: as it stands in the body.
        body: the very bytes that are sent.

    >>> secret = base64.b64encode(b"a secret of the documentation is longer").decode()
    >>> len(base64.b64decode(signature(secret, "/0/private/Balance", "1", b"nonce=1")))
    64
    """
    message = path.encode() + sha256(nonce.encode() + body).digest()
    return base64.b64encode(hmac.digest(base64.b64decode(secret), message, "sha512")).decode()


def agrees(given: str, expected: str) -> bool:
    """Compare two signatures in constant time."""
    return hmac.compare_digest(given.encode(), expected.encode())


def body_parameters(body: bytes, content_type: str) -> dict[str, object]:
    """Read a form or a JSON body; JSON numbers keep their text.

    Raises:
        ValueError: it is neither.

    >>> body_parameters(b"nonce=17&pair=XBTUSD", "application/x-www-form-urlencoded")
    {'nonce': '17', 'pair': 'XBTUSD'}
    >>> body_parameters(b'{"nonce":17,"trades":true}', "application/json")
    {'nonce': '17', 'trades': True}
    """
    text = body.decode()
    if "json" not in content_type:
        return dict(parse_qsl(text, keep_blank_values=True))
    parameters = json.loads(text, parse_int=str, parse_float=str)
    if not isinstance(parameters, dict):
        raise ValueError("the body is no JSON object")  # noqa: TRY004 - the text is at fault, not the caller
    return parameters


def valid_nonce(nonce: object) -> int | None:
    """The nonce as a number, None if it is no unsigned 64-bit integer."""
    if not isinstance(nonce, str) or not nonce.isascii() or not nonce.isdigit():
        return None
    value = int(nonce)
    return value if value <= _LARGEST_NONCE else None
