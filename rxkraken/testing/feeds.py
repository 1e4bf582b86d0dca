"""What one subscriber is told of one pair, channel by channel, as the JSON of the exchange.

A feed gives the items of its snapshot, and after each step of the ledger the items that are new.
Numbers are written by hand, because a checksum needs all their digits.
Source: spec ``v2-market-data`` §5 to §12.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rxkraken.testing.events import stamp
from rxkraken.testing.ledger import Ledger, Levels, Printed, Tally

Items = list[str]


class Feed(Protocol):
    """One subscription of a channel for a pair."""

    def snapshot(self, ledger: Ledger) -> Items:
        """Give what a snapshot says."""
        ...

    def follow(self, ledger: Ledger, trade: Printed | None) -> Items:
        """Give what is new after a step, which was a trade or a move of the book."""
        ...


class TradeFeed:
    """Every trade."""

    def snapshot(self, ledger: Ledger) -> Items:
        """Give the last fifty."""
        return [trade_text(ledger, trade) for trade in ledger.recent]

    def follow(self, ledger: Ledger, trade: Printed | None) -> Items:
        """Give the trade, if it was one."""
        return [] if trade is None else [trade_text(ledger, trade)]


class TickerFeed:
    """Best prices and statistics, after trades or whenever the best prices change."""

    def __init__(self, *, on_trades: bool) -> None:
        self._on_trades = on_trades
        self._told: object = None

    def snapshot(self, ledger: Ledger) -> Items:
        """Give the present state, if both sides have a price."""
        self._told = _best(ledger)
        return _ticker_text(ledger)

    def follow(self, ledger: Ledger, trade: Printed | None) -> Items:
        """Give the present state, if its trigger was pulled."""
        before, self._told = self._told, _best(ledger)
        pulled = trade is not None if self._on_trades else before != self._told
        return _ticker_text(ledger) if pulled else []


class CandleFeed:
    """The candle of the running interval, again after each trade."""

    def __init__(self, interval: int) -> None:
        self._interval = interval

    def snapshot(self, ledger: Ledger) -> Items:
        """Give all candles so far."""
        candles = ledger.candles(self._interval)
        return [self._text(ledger, begin, tally) for begin, tally in candles.items()]

    def follow(self, ledger: Ledger, trade: Printed | None) -> Items:
        """Give the candle that a trade has changed."""
        return [] if trade is None else self.snapshot(ledger)[-1:]

    def _text(self, ledger: Ledger, begin: int, tally: Tally) -> str:
        listing = ledger.listing
        numbers = {
            "open": listing.price(tally.first),
            "high": listing.price(tally.high),
            "low": listing.price(tally.low),
            "close": listing.price(tally.last),
            "vwap": listing.price(tally.turnover // tally.lots),
            "volume": listing.qty(tally.lots),
            "trades": str(tally.trades),
            "interval": str(self._interval),
        }
        return (
            f'{{"symbol":"{listing.symbol}",{_fields(numbers)},'
            f'"interval_begin":"{stamp(begin)}","timestamp":"{stamp(ledger.at)}"}}'
        )


class BookFeed:
    """The levels of the book that changed within a depth."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._told: dict[str, Levels] = {"bids": {}, "asks": {}}

    def snapshot(self, ledger: Ledger) -> Items:
        """Give the whole book to its depth."""
        self._told = {side: ledger.best(side, self._depth) for side in ("bids", "asks")}
        sides = {side: list(levels.items()) for side, levels in self._told.items()}
        return [_book_text(ledger, sides)]

    def follow(self, ledger: Ledger, trade: Printed | None) -> Items:  # noqa: ARG002 - all steps alike
        """Give the levels that changed, came into the depth or are no more.

        One that only fell out of the depth is not told: the subscriber truncates.
        """
        sides: dict[str, list[tuple[int, int]]] = {}
        for side, before in self._told.items():
            now = self._told[side] = ledger.best(side, self._depth)
            whole = ledger.bids if side == "bids" else ledger.asks
            sides[side] = [(ticks, 0) for ticks in before if ticks not in whole]
            sides[side] += [level for level in now.items() if before.get(level[0]) != level[1]]
        return [_book_text(ledger, sides)] if any(sides.values()) else []


def frame(channel: str, kind: str, items: Sequence[str]) -> bytes:
    """Write a frame of a channel."""
    return f'{{"channel":"{channel}","type":"{kind}","data":[{",".join(items)}]}}'.encode()


def trade_text(ledger: Ledger, trade: Printed) -> str:
    """Write one trade."""
    deal, listing = trade.deal, ledger.listing
    return (
        f'{{"symbol":"{listing.symbol}","side":"{deal.side}","price":{listing.price(deal.ticks)},'
        f'"qty":{listing.qty(deal.lots)},"ord_type":"market","trade_id":{trade.number},'
        f'"timestamp":"{stamp(deal.at)}"}}'
    )


def instruments_text(ledgers: Sequence[Ledger]) -> str:
    """Write the payload of an instrument snapshot, which is no list."""
    pairs = ",".join(_pair_text(ledger) for ledger in ledgers)
    names = dict.fromkeys(
        name for ledger in ledgers for name in ledger.listing.symbol.split("/", 1)
    )
    assets = ",".join(f'{{"id":"{name}","status":"enabled","precision":10}}' for name in names)
    return f'{{"assets":[{assets}],"pairs":[{pairs}]}}'


def _pair_text(ledger: Ledger) -> str:
    listing = ledger.listing
    base, quote = listing.symbol.split("/", 1)
    numbers = {
        "price_precision": str(listing.price_decimals),
        "qty_precision": str(listing.qty_decimals),
        "price_increment": listing.price(1),
        "qty_increment": listing.qty(1),
        "qty_min": listing.qty(1),
    }
    return (
        f'{{"symbol":"{listing.symbol}","base":"{base}","quote":"{quote}","status":"online",'
        f"{_fields(numbers)}}}"
    )


def _book_text(ledger: Ledger, sides: dict[str, list[tuple[int, int]]]) -> str:
    listing = ledger.listing
    texts = {
        side: ",".join(
            f'{{"price":{listing.price(ticks)},"qty":{listing.qty(lots)}}}'
            for ticks, lots in levels
        )
        for side, levels in sides.items()
    }
    return (
        f'{{"symbol":"{listing.symbol}","bids":[{texts["bids"]}],"asks":[{texts["asks"]}],'
        f'"checksum":{ledger.checksum()},"timestamp":"{stamp(ledger.at)}"}}'
    )


def _best(ledger: Ledger) -> tuple[tuple[int, int], ...]:
    return (*ledger.best("bids", 1).items(), (0, 0), *ledger.best("asks", 1).items())


def _ticker_text(ledger: Ledger) -> Items:
    if not ledger.bids or not ledger.asks:
        return []
    listing = ledger.listing
    bid, ask = max(ledger.bids), min(ledger.asks)
    day = ledger.day or Tally(bid, bid, bid, bid, 0, 0, 0)
    change = day.last - day.first
    numbers = {
        "bid": listing.price(bid),
        "bid_qty": listing.qty(ledger.bids[bid]),
        "ask": listing.price(ask),
        "ask_qty": listing.qty(ledger.asks[ask]),
        "last": listing.price(day.last),
        "volume": listing.qty(day.lots),
        "vwap": listing.price(day.turnover // day.lots if day.lots else day.last),
        "low": listing.price(day.low),
        "high": listing.price(day.high),
        "change": listing.price(change),
        "change_pct": f"{100 * change / day.first:.2f}",
    }
    return [f'{{"symbol":"{listing.symbol}",{_fields(numbers)},"timestamp":"{stamp(ledger.at)}"}}']


def _fields(numbers: dict[str, str]) -> str:
    return ",".join(f'"{name}":{number}' for name, number in numbers.items())
