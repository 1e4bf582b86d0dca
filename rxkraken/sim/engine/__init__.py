"""The matching engine: pure, deterministic, free of dialect, asyncio and wall clock."""

from rxkraken.sim.engine.book import Book, BookSide, Order
from rxkraken.sim.engine.events import (
    BookEvent,
    Event,
    OrderAdded,
    OrderReduced,
    OrderRemoved,
    OrderType,
    RemainderDropped,
    Side,
    TradeMade,
)
from rxkraken.sim.engine.identifiers import order_ids
from rxkraken.sim.engine.matching import MatchingEngine, UnknownOrder

__all__ = [
    "Book",
    "BookEvent",
    "BookSide",
    "Event",
    "MatchingEngine",
    "Order",
    "OrderAdded",
    "OrderReduced",
    "OrderRemoved",
    "OrderType",
    "RemainderDropped",
    "Side",
    "TradeMade",
    "UnknownOrder",
    "order_ids",
]
