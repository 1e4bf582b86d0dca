"""Laws that every pipeline should hold, each a check that searches for a market that breaks it.

A check plays generated markets to a pipeline and returns None, or raises `InvariantViolated` with
the smallest market found, printed as a table. A search is the same every time it is made.

Long because it is the reference of all laws, with what each means for who breaks it.

>>> from rxkraken.testing import invariants
>>> def last_prices(market):
...     return market.trade("BTC/USD").map(lambda trade: trade.price)
>>> invariants.is_deterministic(last_prices, max_examples=5)
>>> invariants.survives_reconnect(last_prices, max_examples=5)

A strategy that is long above the average of the prices around it, the next one included by mistake:

>>> import reactivex
>>> from reactivex import operators as ops
>>> def positions(trades):
...     prices = [trade.price for trade in trades]
...     for now in range(1, len(prices)):
...         around = prices[now - 1 : now + 2]
...         yield "long" if prices[now] > sum(around) / len(around) else "flat"
>>> def looking_ahead(market):
...     whole = market.trade("BTC/USD").pipe(ops.to_list())
...     return whole.flat_map(lambda trades: reactivex.from_iterable(list(positions(trades))))
>>> try:
...     invariants.is_causal(looking_ahead)
... except invariants.InvariantViolated as violated:
...     print(len(violated.market.events), "trades,", violated.difference.splitlines()[0])
3 trades, what was said by 1.010 s depends on what happens later
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

from rxkraken.testing import endurance
from rxkraken.testing.comparing import begins, same, side_by_side, without_repeats
from rxkraken.testing.events import SETTLED, moment
from rxkraken.testing.market import Market
from rxkraken.testing.playing import Output, Pipeline, Played, play
from rxkraken.testing.strategies import markets

BTC = ("BTC/USD",)


class InvariantViolated(AssertionError):  # noqa: N818 - a name of the public contract
    """A pipeline does not hold a law.

    Attributes:
        invariant: the name of the check.
        market: the smallest market that was found.
        difference: what was wrong, in words and columns.
    """

    def __init__(self, invariant: str, market: Market, difference: str) -> None:
        super().__init__(f"{invariant}: {difference}\n\n{market!r}")
        self.invariant = invariant
        self.market = market
        self.difference = difference


Law = Callable[[Market], str | None]


def is_deterministic(
    pipeline: Pipeline, *, symbols: Sequence[str] = BTC, max_examples: int = 100
) -> None:
    """Check that the same market gives the same values at the same times.

    Chance, the wall clock and state that outlives a run break it.

    Args:
        pipeline: from a market to an Observable.
        symbols: what is traded in the markets.
        max_examples: how many markets are tried.

    Raises:
        InvariantViolated: two runs differed.
    """

    def law(market: Market) -> str | None:
        first, second = play(market, pipeline), play(market, pipeline)
        if first.error == second.error and same(first.outputs, second.outputs):
            return None
        return "two runs over one market differ\n" + side_by_side(
            "first run", _all(first), "second run", _all(second)
        )

    _search("is_deterministic", law, markets(symbols), max_examples)


def is_causal(
    pipeline: Pipeline,
    *,
    symbols: Sequence[str] = BTC,
    max_examples: int = 100,
    flushes: int = 1,
    time: Callable[[Any], Any] | None = None,
) -> None:
    """Check that no value depends on the future.

    A market that is cut off must give a beginning of what the whole market gives. Judged too is
    what a pipeline emits because the market has ended, such as the signals of a strategy that
    computes over a whole list; but not a value that says so itself (``closed`` is False), and not
    the open window that an operator such as ``resample`` gives away at the end.

    Args:
        pipeline: from a market to an Observable.
        symbols: what is traded in the markets.
        max_examples: how many markets are tried.
        flushes: open windows that may be given away: a run that emits more values at its end
            is judged by all of them.
        time: tells the moment (an aware datetime) for which a value is meant, if it tells one:
            then a value that is meant for a moment must also be there as soon as that moment is
            over.

    Raises:
        InvariantViolated: a value came out otherwise once the future was known.
    """

    def law(market: Market) -> str | None:
        whole = play(market, pipeline)
        for at in sorted({event.at for event in market.events})[:-1]:
            cut = play(market.until(at), pipeline)
            found = _causal(whole, cut, at, flushes) or _in_time(whole, cut, at, time)
            if found is not None:
                return found
        return None

    _search("is_causal", law, markets(symbols), max_examples)


def survives_reconnect(
    pipeline: Pipeline, *, symbols: Sequence[str] = BTC, max_examples: int = 100
) -> None:
    """Check that dropped links change nothing, when no event is missed meanwhile.

    A channel with a snapshot begins anew after each reconnect, so repetitions are no difference;
    a count or a sum that the repetitions enter is.

    Args:
        pipeline: from a market to an Observable.
        symbols: what is traded in the markets.
        max_examples: how many markets are tried.

    Raises:
        InvariantViolated: values differed, or the pipeline ended otherwise.
    """

    def law(market: Market) -> str | None:
        calm, stormy = play(market.with_storms(), pipeline), play(market, pipeline)
        left, right = without_repeats(calm.values), without_repeats(stormy.values)
        if _ends_alike(calm, stormy) and same(left, right):
            return None
        return "a dropped link changes what comes out\n" + side_by_side(
            "without", [*left, *_end(calm)], "with reconnects", [*right, *_end(stormy)]
        )

    drawn = markets(symbols, storm_kinds=("reconnect",))
    _search("survives_reconnect", law, drawn, max_examples)


def ignores_duplicates(
    pipeline: Pipeline, *, symbols: Sequence[str] = BTC, max_examples: int = 100
) -> None:
    """Check that frames which come twice change nothing, not even by a repeated value.

    Where a value is a state, such as a mid price, end with ``distinct_until_changed()``; trades
    are known by their ``trade_id``.

    Args:
        pipeline: from a market to an Observable.
        symbols: what is traded in the markets.
        max_examples: how many markets are tried.

    Raises:
        InvariantViolated: values differed, or the pipeline ended otherwise.
    """

    def law(market: Market) -> str | None:
        once, twice = play(market.with_storms(), pipeline), play(market, pipeline)
        if _ends_alike(once, twice) and same(once.values, twice.values):
            return None
        return "frames that come twice change what comes out\n" + side_by_side(
            "without", [*once.values, *_end(once)], "with duplicates", [*twice.values, *_end(twice)]
        )

    drawn = markets(symbols, storm_kinds=("duplicate",))
    _search("ignores_duplicates", law, drawn, max_examples)


def same_on_chunking(
    pipeline: Pipeline, *, symbols: Sequence[str] = BTC, max_examples: int = 100
) -> None:
    """Check that it makes no difference how the events of one moment are packed into frames.

    Each market is played with trades of a moment together in one frame, and with every trade in a
    frame and a turn of the event loop of its own.

    Args:
        pipeline: from a market to an Observable.
        symbols: what is traded in the markets.
        max_examples: how many markets are tried.

    Raises:
        InvariantViolated: values differed, or the pipeline ended otherwise.
    """

    def law(market: Market) -> str | None:
        together, apart = play(market, pipeline), play(market, pipeline, apart=True)
        if _ends_alike(together, apart) and same(together.values, apart.values):
            return None
        return "the packing of events into frames changes what comes out\n" + side_by_side(
            "together", _all(together), "each alone", _all(apart)
        )

    _search("same_on_chunking", law, markets(symbols), max_examples)


def bounded_memory(
    pipeline: Pipeline,
    *,
    symbols: Sequence[str] = BTC,
    max_examples: int = 100,
    events: int = 800,
) -> None:
    """Check that memory does not grow with the number of events.

    Each market is repeated until so many events have happened; after half of them the number of
    allocated blocks must stand still. Values that are emitted are not kept.

    Args:
        pipeline: from a market to an Observable.
        symbols: what is traded in the markets.
        max_examples: how many markets are tried.
        events: how many events the shorter run has; windows of the pipeline may be as long.

    Raises:
        InvariantViolated: memory grew with the events.
    """

    def law(market: Market) -> str | None:
        return endurance.growth(market, pipeline, events)

    _search("bounded_memory", law, markets(symbols, min_events=1), max_examples)


def disposes_cleanly(
    pipeline: Pipeline, *, symbols: Sequence[str] = BTC, max_examples: int = 100
) -> None:
    """Check that nothing goes on after a pipeline has been disposed of, at whatever time.

    No value may come, no channel stay subscribed, no link open, no task, timer or thread be left.

    Args:
        pipeline: from a market to an Observable.
        symbols: what is traded in the markets.
        max_examples: how many markets are tried.

    Raises:
        InvariantViolated: something went on.
    """

    def law(market: Market) -> str | None:
        times = sorted({event.at for event in market.events})
        moments = [0, *(at + SETTLED for at in times)]
        found = (endurance.remains(market, pipeline, at) for at in moments)
        return next((complaint for complaint in found if complaint), None)

    _search("disposes_cleanly", law, markets(symbols), max_examples)


def _search(name: str, law: Law, drawn: SearchStrategy[Market], max_examples: int) -> None:
    @settings(
        max_examples=max_examples,
        deadline=None,
        database=None,
        derandomize=True,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @given(drawn)
    def holds(market: Market) -> None:
        complaint = law(market)
        if complaint is not None:
            raise InvariantViolated(name, market, complaint)

    try:
        holds()
    except InvariantViolated as violated:
        violated.__notes__ = []  # Hypothesis repeats the market there
        raise violated.with_traceback(None) from None


def _causal(whole: Played, cut: Played, at: int, flushes: int) -> str | None:
    final = [output.value for output in cut.outputs if not output.closing]
    expected = [o.value for o in whole.outputs if not o.closing and o.at <= at + SETTLED]
    if not same(final, expected):
        return _parted(at, final, expected)
    if max(_closing(whole), _closing(cut)) > flushes:
        final += [o.value for o in cut.outputs if o.closing and _says_closed(o.value)]
        if not begins(whole.values, final):
            return _parted(at, final, whole.values)
    return None


def _parted(at: int, cut: list[Any], whole: list[Any]) -> str:
    return f"what was said by {at / 1000:.3f} s depends on what happens later\n" + side_by_side(
        f"market ends at {at / 1000:.3f} s", cut, "market goes on", whole
    )


def _in_time(whole: Played, cut: Played, at: int, time: Callable[[Any], Any] | None) -> str | None:
    if time is None:
        return None
    meant = [value for value in whole.values if (when := time(value)) and when <= moment(at)]
    said = [value for value in cut.values if (when := time(value)) and when <= moment(at)]
    return None if begins(said, meant) else _parted(at, said, meant)


def _closing(played: Played) -> int:
    return sum(output.closing and _says_closed(output.value) for output in played.outputs)


def _says_closed(value: Any) -> bool:
    return getattr(value, "closed", True) is not False


def _ends_alike(left: Played, right: Played) -> bool:
    return (left.error, left.completed) == (right.error, right.completed)


def _end(played: Played) -> list[str]:
    if played.error is not None:
        return [f"error: {played.error}"]
    return ["completed"] if played.completed else ["went on for ever"]


def _all(played: Played) -> list[Output | str]:
    return [*played.outputs, *_end(played)]
