"""The account side of the exchange: who may come in, what they own, and who is listening.

The market side goes on without it. Everything an account sees, on the private endpoint and by REST,
is asked of the same venue or is an event of it, so there is one story only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from rxkraken.errors import ConfigurationError
from rxkraken.sim.accounts import LedgerEntry
from rxkraken.sim.counters import TIERS
from rxkraken.sim.engine import Happening, OrderReport, Refused
from rxkraken.sim.engine.refusals import UNKNOWN_PAIR
from rxkraken.sim.executions_v2 import Reporter
from rxkraken.sim.keys import ApiKey, Keyring, make_key
from rxkraken.sim.money import Money
from rxkraken.sim.names import Directory
from rxkraken.sim.trading_limits import TradingLimits

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from rxkraken.sim.account_feeds_v2 import AccountStream
    from rxkraken.sim.counters import Tier
    from rxkraken.sim.customers import Customer
    from rxkraken.sim.engine import Event, Venue
    from rxkraken.sim.market import Exchange


class Clientele:
    """All accounts of one simulator.

    Args:
        exchange: its markets and its venue.
        seed: decides keys.

    Attributes:
        exchange: the markets, which have to be told what the venue did.
        venue: orders and money.
        keyring: the API keys.
        limits: trading counters and limits of open orders.
        money: decimals of assets.
        directory: names of pairs and assets.
    """

    def __init__(self, exchange: Exchange, seed: object) -> None:
        self.exchange = exchange
        self.venue: Venue = exchange.venue
        self.keyring = Keyring()
        self.tiers: dict[str, Tier] = {}
        self.limits = TradingLimits(self.tiers)
        self.venue.rules = self.limits
        self.money = Money(exchange.markets)
        self.directory = Directory(market.pair for market in exchange.markets.values())
        self._seed = seed
        self._keys: dict[str, ApiKey] = {}
        self._reporters = {
            symbol: Reporter(market.pair, self.money) for symbol, market in exchange.markets.items()
        }
        self._listeners: dict[str, dict[AccountStream, None]] = {}

    def admit(self, customer: Customer, now_ns: int) -> ApiKey:
        """Open an account with its money; give its API key."""
        self.venue.open_account(
            customer.name, fees=customer.fees, balances=customer.balances, now_ns=now_ns
        )
        if customer.tier is not None:
            self.tiers[customer.name] = TIERS[customer.tier]
        key = make_key(self._seed, customer.name, customer.permissions)
        self._keys[customer.name] = key
        self.keyring.add(key)
        return key

    def key_of(self, account: str) -> ApiKey:
        """The API key that an account was given.

        Raises:
            ConfigurationError: there is no such account.
        """
        key = self._keys.get(account)
        if key is None:
            raise ConfigurationError(
                f"there is no account {account!r}: choose from {', '.join(self._keys) or 'none'}"
            )
        return key

    def deposit(self, account: str, asset: str, amount: Decimal, now_ns: int) -> None:
        """Pay money in and tell those who listen.

        Raises:
            ConfigurationError: account or asset is unknown, or the amount has too many decimals.
        """
        self.key_of(account)
        self.publish([self.venue.deposit(account, asset, amount, now_ns=now_ns)])

    def ledgers(self) -> dict[str, tuple[LedgerEntry, ...]]:
        """Every change of every balance of every account."""
        return {account: tuple(self.venue.ledger(account)) for account in self._keys}

    @property
    def customers(self) -> tuple[str, ...]:
        """Names of the accounts, in the order of their opening."""
        return tuple(self._keys)

    def reporter(self, symbol: str) -> Reporter:
        """Writes reports of orders of a pair."""
        return self._reporters[symbol]

    def tradable(self, symbol: str) -> str:
        """The symbol of a pair there is.

        Raises:
            Refused: there is none.
        """
        if symbol not in self._reporters:
            raise Refused(UNKNOWN_PAIR)
        return symbol

    def listen(self, account: str, stream: AccountStream) -> None:
        """Let a stream have everything that happens to an account from now on."""
        self._listeners.setdefault(account, {})[stream] = None

    def leave(self, account: str, stream: AccountStream) -> None:
        """Take a stream off."""
        del self._listeners[account][stream]

    def publish(self, events: Iterable[Event]) -> None:
        """Tell the streams of the accounts what one command did."""
        if not self._listeners:
            return
        for event in events:
            if isinstance(event, OrderReport | LedgerEntry):
                for stream in tuple(self._listeners.get(event.account, ())):
                    stream.take(event)


def merged(happenings: Iterable[Happening]) -> list[Happening]:
    """One happening a market: views are compared with the book as it is after all of them."""
    by_symbol: dict[str, Happening] = {}
    for happening in happenings:
        before = by_symbol.get(happening.symbol)
        events = happening.events if before is None else [*before.events, *happening.events]
        by_symbol[happening.symbol] = attrs.evolve(happening, events=events)
    return list(by_symbol.values())
