"""Money of one market: holds for open orders, and what changes hands in a trade.

Rounding, in units of the ledger of each asset: both amounts of a trade are truncated, the same for
buyer and seller; the fee of an order is its exact total rounded to the nearest unit, and each fill
pays what is missing to that; holds are rounded up and assume the taker's fee. Hence the hold of an
order always covers what it still may cost, and units are neither made nor lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rxkraken.sim.accounts import LedgerEntry, Ratio
from rxkraken.sim.engine.events import Fill
from rxkraken.sim.engine.refusals import INSUFFICIENT_FUNDS, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rxkraken.sim.engine.events import Event, TradeMade
    from rxkraken.sim.engine.office import Office
    from rxkraken.sim.engine.orders import Ticket
    from rxkraken.sim.engine.requests import FeeCurrency, Side
    from rxkraken.sim.instruments import Asset, Pair


class Clearing:
    """Settles the trades of one market.

    Args:
        pair: the market.
        assets: by id, base and quote among them.
        office: who stands behind the crowd's orders, where fees go, what gives identifiers.
    """

    __slots__ = (
        "_collected",
        "_cost",
        "_cost_fee",
        "_house",
        "_lots",
        "_lots_fee",
        "_new_exec_id",
        "_new_ledger_id",
        "base",
        "quote",
    )

    def __init__(
        self,
        pair: Pair,
        assets: Mapping[str, Asset],
        office: Office,
    ) -> None:
        base, quote = assets[pair.base], assets[pair.quote]
        self.base, self.quote = base.id, quote.id
        self._lots = Ratio.of_decimals(base.precision, pair.qty_precision)
        self._cost = Ratio.of_decimals(quote.precision, pair.price_precision + pair.qty_precision)
        self._lots_fee, self._cost_fee = self._lots.per_million(), self._cost.per_million()
        self._house, self._collected = office.house, office.collected
        self._new_exec_id, self._new_ledger_id = office.new_exec_id, office.new_ledger_id

    def fee_asset(self, fee_in: FeeCurrency) -> str:
        """The asset in which an order pays its fee."""
        return self.base if fee_in == "base" else self.quote

    def held_asset(self, side: Side) -> str:
        """The asset that an order of this side spends."""
        return self.quote if side == "buy" else self.base

    # -- holds ----------------------------------------------------------------------------------

    def needed(self, ticket: Ticket, *, unpriced_cost: int | None = None) -> int:
        """What an order may still cost, fee included, in units of the asset it spends.

        Args:
            ticket: the order.
            unpriced_cost: cost to assume instead of what the order says.
        """
        selling = ticket.request.side == "sell"
        count = ticket.remaining if selling else unpriced_cost
        if count is None:
            count = _cost_left(ticket)
        amount, fee = (self._lots, self._lots_fee) if selling else (self._cost, self._cost_fee)
        units = amount.ceil(count)
        if ticket.fee_asset == ticket.held_asset:
            worst = ticket.fee_exact + count * ticket.account.fees.taker
            units += max(0, fee.ceil(worst) - ticket.fee)
        return units

    def reserve(self, ticket: Ticket, freed: int = 0) -> None:
        """Bring the hold of an order to what it needs.

        Args:
            ticket: the order.
            freed: units of the same asset that are about to be released.

        Raises:
            Refused: the account has not so much.
        """
        more = self.needed(ticket) - ticket.held
        if more > 0 and more > ticket.account.available(ticket.held_asset) + freed:
            raise Refused(INSUFFICIENT_FUNDS)
        ticket.account.hold(ticket.held_asset, more)
        ticket.held += more

    def release(self, ticket: Ticket) -> None:
        """Give back all that was held for an order."""
        ticket.account.hold(ticket.held_asset, -ticket.held)
        ticket.held = 0

    def affordable(self, ticket: Ticket, price: int, size: int) -> int:
        """How much of `size` a buy order without limit can pay at this price."""
        spendable = ticket.held + ticket.account.available(ticket.held_asset)
        if self.needed(ticket, unpriced_cost=price * size) <= spendable:
            return size
        least, most = 0, size
        while most - least > 1:
            middle = (least + most) // 2
            if self.needed(ticket, unpriced_cost=price * middle) <= spendable:
                least = middle
            else:
                most = middle
        return least

    # -- trades ---------------------------------------------------------------------------------

    def settle_house(self, trade: TradeMade, side: Side) -> None:
        """Let the house pay and get its part of a trade."""
        sign = 1 if side == "buy" else -1
        self._house.change(self.base, sign * self._lots.floor(trade.quantity))
        self._house.change(self.quote, -sign * self._cost.floor(trade.price * trade.quantity))

    def settle(self, ticket: Ticket, trade: TradeMade, *, maker: bool, events: list[Event]) -> Fill:
        """Let an order pay and get its part of a trade; its ledger entries join the events."""
        cost = trade.price * trade.quantity
        sign = 1 if ticket.request.side == "buy" else -1
        amounts = {
            self.base: sign * self._lots.floor(trade.quantity),
            self.quote: -sign * self._cost.floor(cost),
        }
        fee = self._fee(ticket, trade.quantity, cost, amounts[ticket.fee_asset], maker=maker)
        ticket.filled += trade.quantity
        ticket.cost += cost
        exec_id = self._new_exec_id()
        entries = [
            self._enter(ticket, asset, amount, fee=fee, ref_id=exec_id, now_ns=trade.timestamp_ns)
            for asset, amount in amounts.items()
        ]
        events.extend(entries)
        left = self.needed(ticket)
        ticket.account.hold(ticket.held_asset, left - ticket.held)
        ticket.held = left
        return Fill(
            exec_id,
            trade.trade_id,
            trade.price,
            trade.quantity,
            cost,
            "m" if maker else "t",
            fee,
            ticket.fee_asset,
            (entries[0].ledger_id, entries[1].ledger_id),
        )

    def _fee(self, ticket: Ticket, lots: int, cost: int, amount: int, *, maker: bool) -> int:
        """What this fill pays; a fee that comes out of the proceeds never exceeds them."""
        rate = ticket.account.fees.maker if maker else ticket.account.fees.taker
        if ticket.fee_asset == self.base:
            ticket.fee_exact += lots * rate
            total = self._lots_fee.nearest(ticket.fee_exact)
        else:
            ticket.fee_exact += cost * rate
            total = self._cost_fee.nearest(ticket.fee_exact)
        fee = total - ticket.fee
        if ticket.fee_asset != ticket.held_asset:
            fee = min(fee, amount)
        ticket.fee += fee
        self._collected[ticket.fee_asset] = self._collected.get(ticket.fee_asset, 0) + fee
        return fee

    def _enter(
        self, ticket: Ticket, asset: str, amount: int, *, fee: int, ref_id: str, now_ns: int
    ) -> LedgerEntry:
        own_fee = fee if asset == ticket.fee_asset else 0
        account = ticket.account
        entry = LedgerEntry(
            self._new_ledger_id(),
            ref_id,
            account.name,
            "trade",
            asset,
            amount,
            own_fee,
            account.change(asset, amount - own_fee),
            now_ns,
        )
        account.entries.append(entry)
        return entry


def _cost_left(ticket: Ticket) -> int:
    """Cost in ticks times lots that a buy order may still run up."""
    if ticket.limit_price is not None:
        return ticket.limit_price * ticket.remaining
    if ticket.cash is not None:
        return ticket.cash - ticket.cost
    return max(0, ticket.budget - ticket.cost)
