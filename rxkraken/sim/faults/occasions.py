"""What a fault may strike: a message, an answer, a request, a connection attempt."""

from __future__ import annotations

import re
from typing import Literal

import attrs
import ujson

from rxkraken.sim.faults.kinds import Endpoint

Phase = Literal["message", "answer", "request", "attempt", "moment"]
_HEAD = b'{"channel":"'
_KIND = re.compile(rb'"type":"(\w+)"')
_SYMBOL = re.compile(rb'"symbol":"([^"]+)"')


@attrs.frozen
class Occasion:
    """Something that passes and may be struck.

    Attributes:
        phase: what it is.
        endpoint: where it passes; None for what concerns the whole exchange.
        channel: of a message, or of the subscription that an answer is about.
        kind: ``snapshot`` or ``update``; empty for what is neither.
        symbol: the first pair that is named.
        method: of a request and its answer; last part of the path of a REST call.
        checked: it carries a checksum.
        sequenced: it carries a sequence number.
    """

    phase: Phase
    endpoint: Endpoint | None
    channel: str | None = None
    kind: str = ""
    symbol: str | None = None
    method: str | None = None
    checked: bool = False
    sequenced: bool = False


def message_or_answer(frame: bytes, endpoint: Endpoint) -> Occasion:
    """See what a frame to a client is.

    >>> message_or_answer(b'{"channel":"book","type":"update","data":[{"symbol":"A/B"}]}', "public")
    Occasion(phase='message', endpoint='public', channel='book', kind='update', symbol='A/B', \
method=None, checked=False, sequenced=False)
    """
    if not frame.startswith(_HEAD):
        return _answer(frame, endpoint)
    kind, symbol = _KIND.search(frame), _SYMBOL.search(frame)
    return Occasion(
        "message",
        endpoint,
        channel=frame[len(_HEAD) : frame.index(b'"', len(_HEAD))].decode(),
        kind=kind[1].decode() if kind else "",
        symbol=symbol[1].decode() if symbol else None,
        checked=b'"checksum":' in frame,
        sequenced=b'"sequence":' in frame,
    )


def _answer(frame: bytes, endpoint: Endpoint) -> Occasion:
    answer = ujson.loads(frame)
    result = answer.get("result")
    about = result if isinstance(result, dict) else {}
    return Occasion(
        "answer",
        endpoint,
        channel=about.get("channel"),
        symbol=about.get("symbol") or answer.get("symbol"),
        method=answer.get("method"),
    )
