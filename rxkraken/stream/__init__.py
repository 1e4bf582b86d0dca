"""asyncio and Rx: sessions, connections, hot channels, and the client."""
