"""The exchange core: pure, deterministic, free of dialect, asyncio and wall clock.

`Venue` is the exchange as clients meet it; `MatchingEngine` is one of its markets, in which the
crowd trades.
"""

from rxkraken.sim.engine.book import Book, BookSide, Order
from rxkraken.sim.engine.events import (
    BOOK_EVENTS,
    BookEvent,
    Event,
    Fill,
    Happening,
    OrderAdded,
    OrderReduced,
    OrderRemoved,
    OrderReport,
    PrivateEvent,
    RemainderDropped,
    ReportKind,
    TradeMade,
)
from rxkraken.sim.engine.identifiers import identifiers, order_ids
from rxkraken.sim.engine.matching import MatchingEngine, UnknownOrder
from rxkraken.sim.engine.orders import OrderState, OrderStatus, TriggerState
from rxkraken.sim.engine.outcomes import Amended, BatchPlaced, Cancelled, Edited, Placed
from rxkraken.sim.engine.refusals import Refused
from rxkraken.sim.engine.requests import (
    ORDER_TYPES,
    Amendment,
    ByClientId,
    ByOrderId,
    ByReference,
    Conditional,
    Edit,
    OrderRequest,
    OrderType,
    PriceType,
    Selector,
    Side,
    Trigger,
)
from rxkraken.sim.engine.rules import NO_RULES, Rules, Transaction
from rxkraken.sim.engine.venue import Venue

__all__ = [
    "BOOK_EVENTS",
    "NO_RULES",
    "ORDER_TYPES",
    "Amended",
    "Amendment",
    "BatchPlaced",
    "Book",
    "BookEvent",
    "BookSide",
    "ByClientId",
    "ByOrderId",
    "ByReference",
    "Cancelled",
    "Conditional",
    "Edit",
    "Edited",
    "Event",
    "Fill",
    "Happening",
    "MatchingEngine",
    "Order",
    "OrderAdded",
    "OrderReduced",
    "OrderRemoved",
    "OrderReport",
    "OrderRequest",
    "OrderState",
    "OrderStatus",
    "OrderType",
    "Placed",
    "PriceType",
    "PrivateEvent",
    "Refused",
    "RemainderDropped",
    "ReportKind",
    "Rules",
    "Selector",
    "Side",
    "TradeMade",
    "Transaction",
    "Trigger",
    "TriggerState",
    "UnknownOrder",
    "Venue",
    "identifiers",
    "order_ids",
]
