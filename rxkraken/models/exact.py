"""Arithmetic that is exact or says so.

The thread's decimal context rounds to 28 digits without a word; a running sum of prices times
quantities may need more. Sums and products here keep all their digits, up to far more than any
account has, and raise ``decimal.Inexact`` beyond.
"""

from decimal import Context, DivisionByZero, Inexact, InvalidOperation, Overflow

EXACT = Context(prec=400, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])
"""For sums, differences and products."""

ROUNDED = Context(prec=28, traps=[InvalidOperation, DivisionByZero, Overflow])
"""For quotients."""
