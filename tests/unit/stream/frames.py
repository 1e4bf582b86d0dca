"""Frames of the v2 endpoint, written from the specification, with checksums of its own."""

import json
import zlib

INSTANT = "2026-01-05T12:00:00.000000Z"
STATUS = (
    b'{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online",'
    b'"api_version":"v2","connection_id":15113583034416118705}]}'
)
HEARTBEAT = b'{"channel":"heartbeat"}'


def status(system):
    return STATUS.replace(b"online", system.encode())


def _digits(text):
    return text.replace(".", "").lstrip("0")


def checksum(bids, asks):
    """Give the CRC32 of the top ten levels of two sides of (price, quantity) texts."""
    lowest = sorted(asks, key=lambda level: float(level[0]))[:10]
    highest = sorted(bids, key=lambda level: -float(level[0]))[:10]
    text = "".join(_digits(price) + _digits(qty) for price, qty in [*lowest, *highest])
    return zlib.crc32(text.encode())


def book(kind, symbol, bids=(), asks=(), crc=None):
    """Give a book frame with the texts as they are; ``crc=None`` leaves the checksum out."""

    def side(levels):
        return ",".join(f'{{"price":{price},"qty":{qty}}}' for price, qty in levels)

    check = "" if crc is None else f'"checksum":{crc},'
    return (
        f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"{symbol}","bids":[{side(bids)}],'
        f'"asks":[{side(asks)}],{check}"timestamp":"{INSTANT}"}}]}}'
    ).encode()


BIDS = (("100.1", "1.50000000"), ("100.0", "2.00000000"))
ASKS = (("100.3", "0.75000000"), ("100.4", "3.00000000"))


def snapshot(symbol="BTC/USD", bids=BIDS, asks=ASKS):
    """Give a book snapshot that verifies."""
    return book("snapshot", symbol, bids, asks, checksum(bids, asks))


def update(qty, symbol="BTC/USD", *, crc=None):
    """Give an update of the best bid of `snapshot` that verifies, unless a checksum is forced."""
    bids = (("100.1", qty), BIDS[1])
    return book("update", symbol, bids[:1], (), checksum(bids, ASKS) if crc is None else crc)


def ticker(symbol, last, kind="update"):
    return (
        f'{{"channel":"ticker","type":"{kind}","data":[{{"symbol":"{symbol}","bid":100.1,'
        f'"bid_qty":1.50000000,"ask":100.3,"ask_qty":0.75000000,"last":{last},"volume":10.5,'
        f'"vwap":100.2,"low":99.0,"high":101.0,"change":-0.5,"change_pct":-0.49}}]}}'
    ).encode()


def trades(symbol, *identifiers, kind="update"):
    data = [
        {
            "symbol": symbol,
            "side": "buy",
            "price": 100.2,
            "qty": 0.5,
            "ord_type": "market",
            "trade_id": identifier,
            "timestamp": INSTANT,
        }
        for identifier in identifiers
    ]
    return json.dumps({"channel": "trade", "type": kind, "data": data}).encode()


def candles(symbol, interval, *bars, kind="update"):
    """Give candles of (minute of the hour, close)."""
    data = [
        {
            "symbol": symbol,
            "open": 100.0,
            "high": 101.0,
            "low": 99.0,
            "close": close,
            "vwap": 100.0,
            "trades": 3,
            "volume": 1.25,
            "interval_begin": f"2026-01-05T12:{minute:02d}:00.000000000Z",
            "interval": interval,
        }
        for minute, close in bars
    ]
    frame = {"channel": "ohlc", "type": kind, "timestamp": INSTANT, "data": data}
    return json.dumps(frame).encode()


def pair(symbol, status="online", price_precision=1):
    base, quote = symbol.split("/")
    return {
        "symbol": symbol,
        "base": base,
        "quote": quote,
        "status": status,
        "price_precision": price_precision,
        "qty_precision": 8,
        "qty_increment": 1e-08,
    }


def instruments(kind, *pairs, assets=()):
    data = {"assets": [{"id": name, "status": "enabled"} for name in assets], "pairs": list(pairs)}
    return json.dumps({"channel": "instrument", "type": kind, "data": data}).encode()


def refusal(request, text, symbol=None):
    """Give the refusal of a request, of one of its symbols or of all of it."""
    answer = {
        "error": text,
        "method": "subscribe",
        "req_id": request["req_id"],
        "success": False,
        "time_in": INSTANT,
        "time_out": INSTANT,
    }
    if symbol is not None:
        answer["symbol"] = symbol
    return json.dumps(answer).encode()
