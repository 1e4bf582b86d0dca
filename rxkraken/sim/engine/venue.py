"""The exchange as its clients meet it: commands on orders of all markets, accounts, time.

Pure and deterministic: time is an argument, every command gives back what it did to which market,
and what cannot be done raises `Refused` with the exchange's text. Longer than
other files because it documents the whole face of the engine; each command is one line here, and
told in the file that it is called from.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from rxkraken.errors import ConfigurationError
from rxkraken.sim.accounts import Account, FeeSchedule, LedgerEntry, money_units
from rxkraken.sim.engine import cancelling, market_state, placing
from rxkraken.sim.engine.amending import amend
from rxkraken.sim.engine.clearing import Clearing
from rxkraken.sim.engine.desk import OrderDesk
from rxkraken.sim.engine.editing import edit
from rxkraken.sim.engine.events import Happening, OrderReport
from rxkraken.sim.engine.identifiers import order_ids
from rxkraken.sim.engine.matching import MatchingEngine
from rxkraken.sim.engine.office import Office
from rxkraken.sim.engine.orders import OrderState
from rxkraken.sim.engine.outcomes import Amended, BatchPlaced, Cancelled, Edited, Placed
from rxkraken.sim.engine.requests import Amendment, Edit, OrderRequest, Selector
from rxkraken.sim.engine.rules import NO_RULES, Rules
from rxkraken.sim.instruments import Asset, Pair
from rxkraken.sim.listing import assets_of


class Venue:
    """All markets and accounts of one simulated exchange.

    Args:
        pairs: the markets.
        seed: decides all identifiers.
        engines: symbol to the engine in which the crowd trades already.
        rules: rate counters and order limits.
        post_only_refuses: whether a post-only order that would trade is refused, or accepted and
            cancelled at once (spec ``v2-account`` §3.13).

    Closed orders, fills and ledgers of clients are kept for good, as clients may ask for all their
    history; the crowd leaves no records. See `rxkraken.sim.engine.dossier.Dossier`.

    Attributes:
        assets: asset id to asset.

    >>> from decimal import Decimal
    >>> from rxkraken.sim.listing import PAIRS
    >>> venue = Venue([PAIRS["BTC/USD"]])
    >>> account = venue.open_account("alice", balances={"USD": Decimal(1000)})
    >>> order = OrderRequest(symbol="BTC/USD", side="buy", order_type="limit",
    ...                      quantity=Decimal("0.01"), limit_price=Decimal(50000))
    >>> placed = venue.add("alice", order, now_ns=0)
    >>> [event.kind for event in placed.happenings[0].events if hasattr(event, "kind")]
    ['pending', 'new']
    """

    def __init__(
        self,
        pairs: Iterable[Pair],
        seed: int = 0,
        *,
        engines: Mapping[str, MatchingEngine] | None = None,
        rules: Rules = NO_RULES,
        post_only_refuses: bool = True,
    ) -> None:
        listed = tuple(pairs)
        self.assets: dict[str, Asset] = {asset.id: asset for asset in assets_of(listed)}
        self._office = Office(seed, rules, post_only_refuses=post_only_refuses)
        for pair in listed:
            engine = (engines or {}).get(pair.symbol) or _empty_market(pair, seed)
            clearing = Clearing(pair, self.assets, self._office)
            self._office.desks[pair.symbol] = OrderDesk(pair, engine, self._office, clearing)

    @property
    def rules(self) -> Rules:
        """Rate counters and order limits; they may be exchanged."""
        return self._office.rules

    @rules.setter
    def rules(self, rules: Rules) -> None:
        self._office.rules = rules

    @property
    def system(self) -> str:
        """State of the whole exchange."""
        return self._office.system

    # -- accounts -------------------------------------------------------------------------------

    @property
    def accounts(self) -> Mapping[str, Account]:
        """All accounts by name, the house included."""
        return self._office.accounts

    def open_account(
        self,
        name: str,
        fees: FeeSchedule | None = None,
        balances: Mapping[str, Decimal] | None = None,
        now_ns: int = 0,
    ) -> Account:
        """Open an account and pay its first balances in.

        Raises:
            ConfigurationError: the name is taken, or an asset unknown.
        """
        account = self._office.open_account(name, fees)
        for asset, amount in (balances or {}).items():
            self.deposit(name, asset, amount, now_ns=now_ns)
        return account

    def deposit(self, name: str, asset: str, amount: Decimal, *, now_ns: int) -> LedgerEntry:
        """Pay an amount in.

        Raises:
            ConfigurationError: the asset is unknown or the amount not in its precision.
        """
        return self._transfer(name, asset, amount, 1, now_ns)

    def withdraw(self, name: str, asset: str, amount: Decimal, *, now_ns: int) -> LedgerEntry:
        """Pay an amount out.

        Raises:
            ConfigurationError: the asset is unknown or the amount not in its precision.
            Refused: the account has not so much available.
        """
        return self._transfer(name, asset, amount, -1, now_ns)

    def _transfer(
        self, name: str, asset: str, amount: Decimal, sign: int, now_ns: int
    ) -> LedgerEntry:
        account = self._office.account(name)
        if asset not in self.assets or amount < 0:
            raise ConfigurationError(
                f"an amount of {', '.join(self.assets)} must not be negative: {amount} {asset}"
            )
        units = money_units(amount, self.assets[asset].precision)
        return self._office.transfer(account, asset, sign * units, now_ns)

    def conserved(self) -> dict[str, int]:
        """Per asset, all balances and fees less deposits: zero if nothing went astray."""
        return self._office.imbalance()

    # -- orders ---------------------------------------------------------------------------------

    def add(
        self, account: str, request: OrderRequest, *, now_ns: int, validate: bool = False
    ) -> Placed:
        """Place an order, or only check it (steps 3 to 9 of spec ``v2-trading`` §2.6).

        Raises:
            Refused: with the exchange's text.
        """
        return placing.add(self._office, account, request, now_ns, validate=validate)

    def add_batch(
        self,
        account: str,
        requests: Sequence[OrderRequest],
        *,
        now_ns: int,
        validate: bool = False,
    ) -> BatchPlaced:
        """Place 2 to 15 orders of one pair; if one of them makes no sense, none is placed.

        Raises:
            Refused: with the exchange's text; of the first order that fails validation.
        """
        return placing.add_batch(self._office, account, requests, now_ns, validate=validate)

    def amend(self, account: str, selector: Selector, change: Amendment, *, now_ns: int) -> Amended:
        """Change an order in place.

        Raises:
            Refused: with the exchange's text; the order is as it was.
        """
        return amend(self._office, account, selector, change, now_ns)

    def edit(
        self, account: str, order_id: str, change: Edit, *, now_ns: int, validate: bool = False
    ) -> Edited:
        """Cancel an order and place another one in its stead.

        Raises:
            Refused: with the exchange's text; the old order is as it was.
        """
        return edit(self._office, account, order_id, change, now_ns, validate=validate)

    def cancel(self, account: str, selector: Selector, *, now_ns: int) -> Cancelled:
        """Cancel the open orders that a selector names.

        Raises:
            Refused: there is none, or the exchange is off.
        """
        return cancelling.cancel(self._office, account, selector, now_ns)

    def cancel_batch(
        self, account: str, selectors: Sequence[Selector], *, now_ns: int
    ) -> Cancelled:
        """Cancel what 2 to 50 selectors name; those that name nothing are passed over.

        Raises:
            Refused: there are too few or too many, or the exchange is off.
        """
        return cancelling.cancel_batch(self._office, account, selectors, now_ns)

    def cancel_all(self, account: str, *, now_ns: int) -> Cancelled:
        """Cancel every open order of an account.

        Raises:
            Refused: the exchange is off.
        """
        return cancelling.cancel_all(self._office, account, now_ns)

    def cancel_after(self, account: str, timeout_seconds: int, *, now_ns: int) -> int | None:
        """Cancel all orders of an account in some seconds unless told again; 0 disarms.

        Returns:
            when it will happen.

        Raises:
            Refused: the timeout is out of range.
        """
        return cancelling.cancel_after(self._office, account, timeout_seconds, now_ns)

    # -- time, states, index --------------------------------------------------------------------

    @property
    def next_ns(self) -> int | None:
        """When `advance` has something to do; None while there is nothing or the system is off."""
        return market_state.next_timer_ns(self._office)

    def advance(self, now_ns: int) -> list[Happening]:
        """Let everything happen that is due: starts, expiries, dead man's switches."""
        return market_state.run_timers(self._office, now_ns)

    def set_system(self, state: str, *, now_ns: int) -> list[Happening]:
        """Change the state of the whole exchange; triggers that were passed meanwhile fire."""
        return market_state.set_system(self._office, state, now_ns)

    def set_pair(self, symbol: str, state: str, *, now_ns: int) -> list[Happening]:
        """Change the state of a pair; triggers that were passed meanwhile fire."""
        return market_state.set_pair(self._office, symbol, state, now_ns)

    def set_index(self, symbol: str, ticks: int | None, *, now_ns: int) -> list[Happening]:
        """Tell the index price of a pair; None if it is not known any more."""
        return market_state.set_index(self._office, symbol, ticks, now_ns)

    # -- what can be seen -----------------------------------------------------------------------

    def engine(self, symbol: str) -> MatchingEngine:
        """The matching engine of a pair, through which the crowd trades."""
        return self._office.desks[symbol].engine

    def pair(self, symbol: str) -> Pair:
        """A pair with the state it has now."""
        return self._office.desks[symbol].pair

    def open_orders(self, account: str) -> list[OrderState]:
        """Orders that are not closed, oldest first."""
        return [ticket.state() for ticket in self._office.dossier(account).open.values()]

    def closed_orders(self, account: str) -> list[OrderState]:
        """Orders that are closed, in order of closing."""
        return [ticket.state() for ticket in self._office.dossier(account).closed]

    def order(self, account: str, order_id: str) -> OrderState | None:
        """An order of an account, open or closed."""
        ticket = self._office.dossier(account).tickets.get(order_id)
        return None if ticket is None else ticket.state()

    def is_open(self, account: str, order_id: str) -> bool:
        """Whether an account has this order open."""
        return order_id in self._office.dossier(account).open

    def fills(self, account: str) -> Sequence[OrderReport]:
        """Reports of all fills of an account, oldest first."""
        return self._office.dossier(account).fills

    def ledger(self, account: str) -> Sequence[LedgerEntry]:
        """All ledger entries of an account, oldest first."""
        return self._office.account(account).entries


def _empty_market(pair: Pair, seed: int) -> MatchingEngine:
    new_id = order_ids(random.Random(f"{seed} {pair.symbol} ids"))
    return MatchingEngine(new_id, last_price=pair.reference_ticks)
