"""What the exchange says no with: the documented texts (spec ``v2-trading`` §11)."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 - the exchange's answer, not a fault of the program
    """The exchange does not do what it was asked to.

    Attributes:
        text: the exchange's error text.

    >>> Refused("EOrder:Unknown order") == Refused("EOrder:Unknown order")
    True
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Refused) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)


UNKNOWN_PAIR = "EQuery:Unknown asset pair"
UNAVAILABLE = "EService:Unavailable"
DEADLINE_ELAPSED = "EService:Deadline elapsed"
INSUFFICIENT_FUNDS = "EOrder:Insufficient funds"
INSUFFICIENT_MARGIN = "EOrder:Insufficient margin"
INVALID_PRICE = "EOrder:Invalid price"
TICK_SIZE = "EOrder:Tick size check failed"
ORDER_MINIMUM = "EOrder:Order minimum not met"
COST_MINIMUM = "EOrder:Cost minimum not met"
POST_ONLY = "EOrder:Post only order"
REDUCE_ONLY = "EOrder:Reduce only:No position exists"
UNKNOWN_ORDER = "EOrder:Unknown order"
INVALID_ORDER = "EOrder:Invalid order"
NO_AMENDABLE_PARAMETERS = "EOrder:No amendable parameters"
ORDERS_LIMIT = "EOrder:Orders limit exceeded"
SCHEDULED_LIMIT = "EOrder:Scheduled orders limit exceeded"
RATE_LIMIT = "EOrder:Rate limit exceeded"
INVALID_ARGUMENTS = "EGeneral:Invalid arguments"
INDEX_UNAVAILABLE = "EGeneral:Invalid arguments:Index unavailable"
INVALID_TIMEOUT = "EGeneral:Invalid arguments:Invalid timeout argument"


def refuse_if(text: str | None) -> None:
    """Refuse with a text, if there is one.

    Raises:
        Refused: there is.
    """
    if text is not None:
        raise Refused(text)


def invalid_arguments(detail: str) -> Refused:
    """The request makes no sense; the detail names the argument.

    >>> invalid_arguments("volume").text
    'EGeneral:Invalid arguments:volume'
    """
    return Refused(f"{INVALID_ARGUMENTS}:{detail}")


def wrong_mode(state: str) -> Refused:
    """The market is in a state that does not allow the request.

    >>> wrong_mode("cancel_only").text
    'EService:Market in cancel_only mode'
    """
    return Refused(f"EService:Market in {state} mode")
