"""Parameters of trading requests, read one by one with the exchange's words for wrong types.

Spec ``v2-trading`` §1.1 and §11.2. Where the documents know no text, the wording follows theirs.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from rxkraken.sim.engine import Refused
from rxkraken.sim.requests_v2 import Objection

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND_NS = 1000


class Parameters:
    """The parameters of one request, or one object inside them.

    >>> Parameters({"limit_price": Decimal("0.50")}).number("limit_price")
    Decimal('0.50')
    """

    __slots__ = ("_given",)

    def __init__(self, given: dict[str, Any]) -> None:
        self._given = given

    def __contains__(self, name: str) -> bool:
        return self._given.get(name) is not None

    def number(self, name: str) -> Decimal | None:
        """An exact number; a text is refused."""
        value = self._given.get(name)
        if value is None or isinstance(value, Decimal):
            return value
        if type(value) is int:
            return Decimal(value)
        raise Objection(f"{name.capitalize()} field must be a number_float")

    def integer(self, name: str) -> int | None:
        """A whole number."""
        value = self._given.get(name)
        if value is None or type(value) is int:
            return value
        raise Objection(f"{name.capitalize()} field must be an integer")

    def text(self, name: str) -> str | None:
        """A text."""
        value = self._given.get(name)
        if value is None or isinstance(value, str):
            return value
        raise Objection(f"{name.capitalize()} field must be a string")

    def required_text(self, name: str) -> str:
        """A text that must be there."""
        value = self.text(name)
        if not value:
            raise Objection(f"{name.capitalize()}(s) not found")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean."""
        value = self._given.get(name, default)
        if isinstance(value, bool):
            return value
        raise Objection(f"{name.capitalize()} field must be a boolean")

    def object(self, name: str) -> Parameters | None:
        """Parameters inside a parameter."""
        value = self._given.get(name)
        if value is None:
            return None
        if isinstance(value, dict):
            return Parameters(value)
        raise Objection(f"{name.capitalize()} field must be an object")

    def objects(self, name: str) -> list[dict[str, Any]]:
        """A list of objects."""
        return self._list(name, dict)

    def texts(self, name: str) -> list[str]:
        """A list of texts."""
        return self._list(name, str)

    def integers(self, name: str) -> list[int]:
        """A list of whole numbers."""
        return self._list(name, int)

    def moment(self, name: str) -> int | None:
        """A time, in nanoseconds since 1970.

        Raises:
            Refused: it is no RFC 3339 time.
        """
        text = self.text(name)
        if text is None:
            return None
        try:
            passed = datetime.fromisoformat(text) - _EPOCH
        except (ValueError, TypeError):  # no time at all, or one without a zone
            raise Refused(f"EGeneral:Invalid arguments:{name}") from None
        microseconds = (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds
        return microseconds * _MICROSECOND_NS

    def word(self, name: str, allowed: frozenset[str]) -> Any:
        """One of the exchange's words, whatever its letter case.

        Raises:
            Refused: it is another one.
        """
        text = self.text(name)
        if text is None:
            return None
        if text.lower() not in allowed:
            raise Refused(f"EGeneral:Invalid arguments:{name}")
        return text.lower()

    def _list(self, name: str, kind: type) -> list[Any]:
        value = self._given.get(name)
        if value is None:
            return []
        if isinstance(value, list) and all(type(item) is kind for item in value):
            return value
        raise Objection(f"{name.capitalize()} field must be an array")
