"""The only code that touches sockets: aiohttp, and its in-memory twin for tests and recordings."""

from rxkraken.transport.base import Closed, Socket, Transport
from rxkraken.transport.memory import MemoryPeer, MemoryTransport
from rxkraken.transport.websocket import WebSocketTransport

__all__ = [
    "Closed",
    "MemoryPeer",
    "MemoryTransport",
    "Socket",
    "Transport",
    "WebSocketTransport",
]
