"""The exchange as its clients meet it: commands on orders of all markets, accounts, time.

Pure and deterministic: time is an argument, every command gives back what it did to which market,
and what cannot be done raises `Refused` with the exchange's text. Longer than other files because
it is the one face of the engine; every command is a few lines over the files it is made of.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Literal

import attrs

from rxkraken.errors import ConfigurationError
from rxkraken.sim.accounts import Account, FeeSchedule, LedgerEntry, money_units
from rxkraken.sim.engine import market_state, refusals
from rxkraken.sim.engine.amending import amend
from rxkraken.sim.engine.clearing import Clearing
from rxkraken.sim.engine.desk import OrderDesk
from rxkraken.sim.engine.editing import replacement
from rxkraken.sim.engine.events import Event, Happening, OrderReport
from rxkraken.sim.engine.identifiers import order_ids
from rxkraken.sim.engine.matching import MatchingEngine
from rxkraken.sim.engine.office import Office
from rxkraken.sim.engine.orders import OrderState, Ticket
from rxkraken.sim.engine.outcomes import Amended, BatchPlaced, Cancelled, Edited, Placed
from rxkraken.sim.engine.refusals import Refused, invalid_arguments
from rxkraken.sim.engine.reports import EXPIRED, REPLACED, TIMEOUT, USER_REQUESTED
from rxkraken.sim.engine.requests import (
    Amendment,
    ByOrderId,
    Edit,
    OrderRequest,
    Selector,
)
from rxkraken.sim.engine.rules import NO_RULES, Rules, Transaction
from rxkraken.sim.engine.validation import check_deadline
from rxkraken.sim.instruments import Asset, Pair
from rxkraken.sim.listing import assets_of

_SECOND_NS = 1_000_000_000
_LONGEST_TIMEOUT = 86_400
_BATCH_ADD = range(2, 16)
_BATCH_CANCEL = range(2, 51)


class Venue:
    """All markets and accounts of one simulated exchange.

    Args:
        pairs: the markets.
        seed: decides all identifiers.
        engines: symbol to the engine in which the crowd trades already.
        rules: rate counters and order limits.
        post_only_refuses: whether a post-only order that would trade is refused, or accepted and
            cancelled at once (spec ``v2-account`` §3.13).

    Attributes:
        assets: asset id to asset.
        rules: rate counters and order limits; may be exchanged.
        system: state of the whole exchange.

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
        self._office = Office(seed)
        self.rules = rules
        self._post_only_refuses = post_only_refuses
        self.system = "online"
        self._resumed_ns = 0
        self._switches: dict[str, int] = {}
        self._timed: list[Happening] = []
        listed = tuple(pairs)
        self.assets: dict[str, Asset] = {asset.id: asset for asset in assets_of(listed)}
        self._desks = {
            pair.symbol: self._desk_of(pair, (engines or {}).get(pair.symbol), seed)
            for pair in listed
        }

    def _desk_of(self, pair: Pair, engine: MatchingEngine | None, seed: int) -> OrderDesk:
        office = self._office
        if engine is None:
            new_id = order_ids(random.Random(f"{seed} {pair.symbol} ids"))
            engine = MatchingEngine(new_id, last_price=pair.reference_ticks)
        clearing = Clearing(
            pair,
            (self.assets[pair.base], self.assets[pair.quote]),
            house=office.house,
            collected=office.collected,
            new_exec_id=office.new_exec_id,
            new_ledger_id=office.new_ledger_id,
        )
        return OrderDesk(pair, engine, office, clearing)

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
        return self._office.transfer(self._account(name), asset, self._units(asset, amount), now_ns)

    def withdraw(self, name: str, asset: str, amount: Decimal, *, now_ns: int) -> LedgerEntry:
        """Pay an amount out.

        Raises:
            ConfigurationError: the asset is unknown or the amount not in its precision.
            Refused: the account has not so much available.
        """
        return self._office.transfer(
            self._account(name), asset, -self._units(asset, amount), now_ns
        )

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
        owner = self._account(account)
        if validate:
            self._draft(owner, request, now_ns)
            return Placed("", [])
        limited = self._charge(owner, request.symbol, "add", now_ns)
        ticket = self._draft(owner, request, now_ns)
        _raise_if(limited)
        events: list[Event] = []
        self._place(ticket, request.deadline_ns, now_ns, events)
        return Placed(ticket.order_id, self._done(request.symbol, events, now_ns))

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
        owner = self._account(account)
        if len({request.symbol for request in requests}) != 1 or len(requests) not in _BATCH_ADD:
            raise Refused(refusals.INVALID_ARGUMENTS)
        symbol, limited = requests[0].symbol, None
        if not validate:
            limited = self._charge(owner, symbol, "add_batch", now_ns, count=len(requests))
        tickets = [self._draft(owner, request, now_ns) for request in requests]
        client_ids = [request.client_id for request in requests if request.client_id is not None]
        if len(set(client_ids)) < len(client_ids):
            raise invalid_arguments("cl_ord_id not unique")
        if validate:
            return BatchPlaced(tuple(Placed("", []) for _ in tickets), [])
        _raise_if(limited)
        events: list[Event] = []
        rows = tuple(self._placed_or_refused(ticket, now_ns, events) for ticket in tickets)
        return BatchPlaced(rows, self._done(symbol, events, now_ns))

    def amend(self, account: str, selector: Selector, change: Amendment, *, now_ns: int) -> Amended:
        """Change an order in place.

        Raises:
            Refused: with the exchange's text; the order is as it was.
        """
        owner = self._account(account)
        ticket = self._only(owner, selector, refusals.UNKNOWN_ORDER)
        desk = self._desks[ticket.request.symbol]
        limited = self._charge(owner, desk.pair.symbol, "amend", now_ns, tickets=[ticket])
        for state in (self.system, desk.pair.status):
            market_state.check_change(state)
        check_deadline(change.deadline_ns, now_ns)
        _raise_if(limited)
        _check_elapsed(change.deadline_ns, now_ns)
        events: list[Event] = []
        amend_id = amend(desk, ticket, change, now_ns, events)
        return Amended(amend_id, ticket.order_id, self._done(desk.pair.symbol, events, now_ns))

    def edit(
        self, account: str, order_id: str, change: Edit, *, now_ns: int, validate: bool = False
    ) -> Edited:
        """Cancel an order and place another one in its stead.

        Raises:
            Refused: with the exchange's text; the old order is as it was.
        """
        owner = self._account(account)
        old = self._only(owner, ByOrderId(order_id), refusals.UNKNOWN_ORDER)
        limited = None
        if not validate:
            limited = self._charge(owner, old.request.symbol, "edit", now_ns, tickets=[old])
        desk = self._desks[old.request.symbol]
        request = replacement(old, change, desk)
        ticket = self._draft(owner, request, now_ns)
        ticket.parent_id = old.order_id
        if validate:
            return Edited("", order_id, [])
        _raise_if(limited)
        _check_elapsed(change.deadline_ns, now_ns)
        desk.reserve(ticket, freed=old.held if old.held_asset == ticket.held_asset else 0)
        if self._post_only_refuses and request.post_only and desk.crosses(ticket):
            desk.clearing.release(ticket)
            raise Refused(refusals.POST_ONLY)
        events: list[Event] = []
        desk.finish(old, "canceled", REPLACED, now_ns, events)
        self._accept(desk, ticket, now_ns, events)
        return Edited(ticket.order_id, order_id, self._done(desk.pair.symbol, events, now_ns))

    def cancel(self, account: str, selector: Selector, *, now_ns: int) -> Cancelled:
        """Cancel the open orders that a selector names.

        Raises:
            Refused: there is none, or the exchange is off.
        """
        owner = self._account(account)
        market_state.check_cancel(self.system)
        tickets = self._office.dossiers[account].find(selector)
        if not tickets:
            raise Refused(refusals.INVALID_ORDER)
        self._charge_each(owner, "cancel", now_ns, tickets)
        return self._cancel(tickets, USER_REQUESTED, now_ns)

    def cancel_batch(
        self, account: str, selectors: Sequence[Selector], *, now_ns: int
    ) -> Cancelled:
        """Cancel what 2 to 50 selectors name; those that name nothing are passed over.

        Raises:
            Refused: there are too few or too many, or the exchange is off.
        """
        owner = self._account(account)
        market_state.check_cancel(self.system)
        if len(selectors) not in _BATCH_CANCEL:
            raise Refused(refusals.INVALID_ARGUMENTS)
        dossier = self._office.dossiers[account]
        found = {t.order_id: t for selector in selectors for t in dossier.find(selector)}
        self._charge_each(owner, "cancel_batch", now_ns, list(found.values()))
        return self._cancel(list(found.values()), USER_REQUESTED, now_ns)

    def cancel_all(self, account: str, *, now_ns: int) -> Cancelled:
        """Cancel every open order of an account.

        Raises:
            Refused: the exchange is off.
        """
        owner = self._account(account)
        market_state.check_cancel(self.system)
        tickets = list(self._office.dossiers[account].open.values())
        self._charge_each(owner, "cancel_all", now_ns, tickets)
        return self._cancel(tickets, USER_REQUESTED, now_ns)

    def cancel_after(self, account: str, timeout_seconds: int, *, now_ns: int) -> int | None:
        """Cancel all orders of an account in some seconds unless told again; 0 disarms.

        Returns:
            when it will happen.

        Raises:
            Refused: the timeout is out of range.
        """
        owner = self._account(account)
        _raise_if(self._charge(owner, "", "cancel_after", now_ns))
        if timeout_seconds not in range(_LONGEST_TIMEOUT):
            raise Refused(refusals.INVALID_TIMEOUT)
        self._switches.pop(account, None)
        if not timeout_seconds:
            return None
        due_ns = self._switches[account] = now_ns + timeout_seconds * _SECOND_NS
        self._office.agenda.add(due_ns, partial(self._switch_off, account, due_ns))
        return due_ns

    # -- time, states, index --------------------------------------------------------------------

    @property
    def next_ns(self) -> int | None:
        """When `advance` has something to do; None while there is nothing or the system is off."""
        return None if self.system == "maintenance" else self._office.agenda.next_ns

    def advance(self, now_ns: int) -> list[Happening]:
        """Let everything happen that is due: starts, expiries, dead man's switches."""
        if self.system != "maintenance":
            self._office.agenda.run(now_ns, self._resumed_ns)
        happenings, self._timed = self._timed, []
        return happenings

    def set_system(self, state: str, *, now_ns: int) -> list[Happening]:
        """Change the state of the whole exchange; triggers that were passed meanwhile fire."""
        if self.system == "maintenance" != state:
            self._resumed_ns = now_ns
        self.system = state
        return [h for desk in self._desks.values() for h in self._catch_up(desk, now_ns)]

    def set_pair(self, symbol: str, state: str, *, now_ns: int) -> list[Happening]:
        """Change the state of a pair; triggers that were passed meanwhile fire."""
        desk = self._desks[symbol]
        desk.pair = attrs.evolve(desk.pair, status=state)
        return self._catch_up(desk, now_ns)

    def set_index(self, symbol: str, ticks: int | None, *, now_ns: int) -> list[Happening]:
        """Tell the index price of a pair; None if it is not known any more."""
        desk = self._desks[symbol]
        if desk.watch.index == ticks:
            return []
        desk.watch.index = ticks
        return self._catch_up(desk, now_ns) if desk.watching else []

    def _catch_up(self, desk: OrderDesk, now_ns: int) -> list[Happening]:
        """Compare the waiting orders with the prices of this moment."""
        desk.matching = {self.system, desk.pair.status} <= market_state.MATCHING
        events: list[Event] = []
        desk.price_moved(now_ns, events)
        return self._done(desk.pair.symbol, events, now_ns)

    # -- what can be seen -----------------------------------------------------------------------

    def engine(self, symbol: str) -> MatchingEngine:
        """The matching engine of a pair, through which the crowd trades."""
        return self._desks[symbol].engine

    def pair(self, symbol: str) -> Pair:
        """A pair with the state it has now."""
        return self._desks[symbol].pair

    def open_orders(self, account: str) -> list[OrderState]:
        """Orders that are not closed, oldest first."""
        return [ticket.state() for ticket in self._office.dossiers[account].open.values()]

    def closed_orders(self, account: str) -> list[OrderState]:
        """Orders that are closed, in order of closing."""
        return [ticket.state() for ticket in self._office.dossiers[account].closed]

    def order(self, account: str, order_id: str) -> OrderState | None:
        """An order of an account, open or closed."""
        ticket = self._office.dossiers[account].tickets.get(order_id)
        return None if ticket is None else ticket.state()

    def is_open(self, account: str, order_id: str) -> bool:
        """Whether an account has this order open."""
        return order_id in self._office.dossiers[account].open

    def fills(self, account: str) -> Sequence[OrderReport]:
        """Reports of all fills of an account, oldest first."""
        return self._office.dossiers[account].fills

    def ledger(self, account: str) -> Sequence[LedgerEntry]:
        """All ledger entries of an account, oldest first."""
        return self._account(account).entries

    # -- within ---------------------------------------------------------------------------------

    def _account(self, name: str) -> Account:
        account = self._office.accounts.get(name)
        if account is None:
            raise ConfigurationError(f"there is no account {name!r}: open_account() it first")
        return account

    def _units(self, asset: str, amount: Decimal) -> int:
        if asset not in self.assets or amount < 0:
            raise ConfigurationError(
                f"an amount of {', '.join(self.assets)} must not be negative: {amount} {asset}"
            )
        return money_units(amount, self.assets[asset].precision)

    def _draft(self, owner: Account, request: OrderRequest, now_ns: int) -> Ticket:
        """Steps 3 to 5."""
        desk = self._desks.get(request.symbol)
        if desk is None:
            raise Refused(refusals.UNKNOWN_PAIR)
        for state in (self.system, desk.pair.status):
            market_state.check_order(state, request)
        client_id = request.client_id
        ticket = desk.draft(owner, request, now_ns)
        if client_id and self._office.dossiers[owner.name].has_open_client_id(client_id):
            raise invalid_arguments("cl_ord_id not unique")
        return ticket

    def _place(
        self, ticket: Ticket, deadline_ns: int | None, now_ns: int, events: list[Event]
    ) -> None:
        """Steps 6 to 9, then the order is in the market."""
        request, owner = ticket.request, ticket.account
        desk = self._desks[request.symbol]
        scheduled = request.starts_ns is not None and request.starts_ns > now_ns
        dossier = self._office.dossiers[owner.name]
        _raise_if(
            self.rules.admit(
                owner.name, request.symbol, dossier.count(request.symbol), scheduled=scheduled
            )
        )
        _check_elapsed(deadline_ns, now_ns)
        desk.reserve(ticket)
        try:
            self._check_special(desk, ticket, scheduled=scheduled)
        except Refused:
            desk.clearing.release(ticket)
            raise
        self._accept(desk, ticket, now_ns, events)

    def _check_special(self, desk: OrderDesk, ticket: Ticket, *, scheduled: bool) -> None:
        """Margin, reduce-only, post-only: the last two of the steps."""
        request = ticket.request
        if request.reduce_only:
            raise Refused(refusals.REDUCE_ONLY)
        if request.margin:
            raise Refused(refusals.INSUFFICIENT_MARGIN)
        waits = scheduled or ticket.trigger is not None
        if self._post_only_refuses and request.post_only and not waits and desk.crosses(ticket):
            raise Refused(refusals.POST_ONLY)

    def _placed_or_refused(
        self, ticket: Ticket, now_ns: int, events: list[Event]
    ) -> Placed | Refused:
        try:
            self._place(ticket, ticket.request.deadline_ns, now_ns, events)
        except Refused as refused:
            return refused
        return Placed(ticket.order_id, [])

    def _accept(self, desk: OrderDesk, ticket: Ticket, now_ns: int, events: list[Event]) -> None:
        """Take an order on, and note in the agenda what will happen to it."""
        request = ticket.request
        desk.accept(ticket, now_ns, events)
        if ticket.is_closed:
            return
        if request.starts_ns is not None and not ticket.live:
            self._office.agenda.add(request.starts_ns, partial(self._start, desk, ticket))
        if request.expires_ns is not None:
            self._office.agenda.add(request.expires_ns, partial(self._expire, desk, ticket))

    def _start(self, desk: OrderDesk, ticket: Ticket, now_ns: int) -> None:
        """Let a scheduled order into the market, as soon as there is one."""
        if ticket.is_closed:
            return
        events: list[Event] = []
        desk.open(ticket, now_ns, events)
        self._timed += self._done(desk.pair.symbol, events, now_ns)

    def _expire(self, desk: OrderDesk, ticket: Ticket, now_ns: int) -> None:
        if ticket.is_closed:
            return
        events: list[Event] = []
        desk.finish(ticket, "expired", EXPIRED, now_ns, events)
        self._timed += self._done(desk.pair.symbol, events, now_ns)

    def _switch_off(self, account: str, due_ns: int, now_ns: int) -> None:
        """Let the dead man's switch fall, unless it was set anew."""
        if self._switches.get(account) != due_ns:
            return
        del self._switches[account]
        tickets = list(self._office.dossiers[account].open.values())
        self._timed += self._cancel(tickets, TIMEOUT, now_ns).happenings

    def _cancel(self, tickets: Sequence[Ticket], reason: str, now_ns: int) -> Cancelled:
        by_symbol: dict[str, list[Event]] = {}
        for ticket in tickets:
            events = by_symbol.setdefault(ticket.request.symbol, [])
            self._desks[ticket.request.symbol].finish(ticket, "canceled", reason, now_ns, events)
        happenings = [Happening(symbol, events, now_ns) for symbol, events in by_symbol.items()]
        return Cancelled(tuple(ticket.order_id for ticket in tickets), happenings)

    def _only(self, owner: Account, selector: Selector, otherwise: str) -> Ticket:
        tickets = self._office.dossiers[owner.name].find(selector)
        if len(tickets) != 1:
            raise Refused(otherwise)
        return tickets[0]

    def _done(self, symbol: str, events: list[Event], now_ns: int) -> list[Happening]:
        """What a command did, with all its consequences."""
        desk = self._desks[symbol]
        if desk.watching:
            desk.react(events, now_ns)
        return [Happening(symbol, events, now_ns)] if events else []

    def _charge(
        self,
        owner: Account,
        symbol: str,
        transaction: Transaction,
        now_ns: int,
        *,
        tickets: Sequence[Ticket] = (),
        count: int = 1,
    ) -> str | None:
        ages = [now_ns - ticket.changed_ns for ticket in tickets]
        return self.rules.charge(owner.name, symbol, transaction, ages, count, now_ns)

    def _charge_each(
        self,
        owner: Account,
        transaction: Literal["cancel", "cancel_batch", "cancel_all"],
        now_ns: int,
        tickets: Sequence[Ticket],
    ) -> None:
        """Charge a cancellation to every pair it touches; the first refusal counts."""
        by_symbol: dict[str, list[Ticket]] = {}
        for ticket in tickets:
            by_symbol.setdefault(ticket.request.symbol, []).append(ticket)
        answers = [
            self._charge(owner, symbol, transaction, now_ns, tickets=touched, count=len(touched))
            for symbol, touched in by_symbol.items()
        ]
        for answer in answers:
            _raise_if(answer)


def _raise_if(text: str | None) -> None:
    if text is not None:
        raise Refused(text)


def _check_elapsed(deadline_ns: int | None, now_ns: int) -> None:
    if deadline_ns is not None and deadline_ns <= now_ns:
        raise Refused(refusals.DEADLINE_ELAPSED)
