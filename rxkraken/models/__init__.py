"""Immutable values that cross the public surface."""

from rxkraken.models.bars import Bar, Ohlc
from rxkraken.models.book import BookSnapshot, BookUpdate, Level, Levels, OrderBook
from rxkraken.models.book_measures import BookDepth, BookWalk, SideDepth, TopOfBook
from rxkraken.models.combined import CrossSpread, Triangle
from rxkraken.models.flow import FlowCounters, Receipt, Stamped
from rxkraken.models.level3 import Level3Event, Level3Order, Level3Snapshot, Level3Update
from rxkraken.models.lifecycle import (
    Connected,
    Connecting,
    Disconnected,
    Gap,
    LifecycleEvent,
    Malformed,
    Refused,
    Resynced,
    Stale,
    Subscribed,
    SubscriberDetached,
    SubscriptionRejected,
    Unsubscribed,
)
from rxkraken.models.market import (
    Asset,
    Candle,
    Frame,
    Heartbeat,
    InstrumentSnapshot,
    InstrumentUpdate,
    Pair,
    Pong,
    Spread,
    SystemStatus,
    Ticker,
    Trade,
)
from rxkraken.models.portfolio import Fill, OrderRequest, ProfitAndLoss
from rxkraken.models.statistics import Bands
from rxkraken.models.topic import Topic

__all__ = [
    "Asset",
    "Bands",
    "Bar",
    "BookDepth",
    "BookSnapshot",
    "BookUpdate",
    "BookWalk",
    "Candle",
    "Connected",
    "Connecting",
    "CrossSpread",
    "Disconnected",
    "Fill",
    "FlowCounters",
    "Frame",
    "Gap",
    "Heartbeat",
    "InstrumentSnapshot",
    "InstrumentUpdate",
    "Level",
    "Level3Event",
    "Level3Order",
    "Level3Snapshot",
    "Level3Update",
    "Levels",
    "LifecycleEvent",
    "Malformed",
    "Ohlc",
    "OrderBook",
    "OrderRequest",
    "Pair",
    "Pong",
    "ProfitAndLoss",
    "Receipt",
    "Refused",
    "Resynced",
    "SideDepth",
    "Spread",
    "Stale",
    "Stamped",
    "Subscribed",
    "SubscriberDetached",
    "SubscriptionRejected",
    "SystemStatus",
    "Ticker",
    "TopOfBook",
    "Topic",
    "Trade",
    "Triangle",
    "Unsubscribed",
]
