"""Pure state machines: time is an argument; no I/O, no Rx, no asyncio."""
