"""What would become of an order if it met the book of this moment; nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rxkraken.sim.engine.book import Book, Order
    from rxkraken.sim.engine.orders import Ticket


def crosses(book: Book, ticket: Ticket) -> bool:
    """Whether the order would trade on arrival."""
    limit = ticket.limit_price
    return limit is None or book.opposite(ticket.request.side).meets(limit)


def same_trader(one: Ticket, other: Ticket) -> bool:
    """Whether two orders must not meet."""
    if one.account is not other.account:
        return False
    ours, theirs = one.request.trader_id, other.request.trader_id
    return ours is None or theirs is None or ours == theirs


def visible_part(ticket: Ticket) -> int:
    """Lots that an order shows when it takes a new place in the book."""
    return min(ticket.remaining, ticket.display or ticket.remaining)


def cost_of_taking(book: Book, ticket: Ticket) -> int:
    """What the book asks for the quantity of a market buy order, in ticks times lots.

    What the book does not hold is left out: it will not be bought.
    """
    missing, cost = ticket.remaining, 0
    side = book.opposite(ticket.request.side)
    for key in side.keys:
        if not missing:
            break
        taken = min(missing, sum(order.whole for order in side.levels[key].values()))
        missing -= taken
        cost += taken * key * side.sign
    return cost


def can_fill(book: Book, ticket: Ticket) -> bool:
    """Whether the whole order can trade at once.

    Own orders are passed over if meeting them cancels them; otherwise the first one is the end.
    """
    missing, limit = ticket.remaining, ticket.limit_price
    side = book.opposite(ticket.request.side)
    for key in side.keys:
        if limit is not None and key > side.sign * limit:
            return False
        lots, blocked = _within_reach(ticket, side.levels[key].values())
        missing -= lots
        if missing <= 0 or blocked:
            return missing <= 0
    return False


def _within_reach(ticket: Ticket, level: Iterable[Order]) -> tuple[int, bool]:
    """Lots of one price that an order can take, and whether it is stopped there.

    Hidden parts queue behind all that is visible: an own order shuts them off.
    """
    visible = hidden = 0
    for order in level:
        if order.ticket is not None and same_trader(ticket, order.ticket):
            if ticket.request.self_trade != "cancel_oldest":
                return visible, True
        else:
            visible += order.quantity
            hidden += order.whole - order.quantity
    return visible + hidden, False
