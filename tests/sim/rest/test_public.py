"""Public REST calls, over the wire: shapes of the fixtures, and the numbers of the streams."""

import json
import os
import re
from pathlib import Path

import pytest


@pytest.fixture
def bodies():
    """Read REST bodies of a fixture file, or skip."""
    root = Path(__file__).parents[3]
    folder = Path(os.environ.get("RXKRAKEN_FIXTURES") or root.parent / "shared" / "fixtures")

    def read(name):
        path = folder / "rest" / name
        if not path.exists():
            pytest.skip(f"no recorded bodies at {path}")
        return [json.loads(line, parse_float=str) for line in path.read_text().splitlines() if line]

    return read


def alike(ours, theirs):
    """The same keys and types all the way down."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(alike(ours[k], theirs[k]) for k in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return not ours or not theirs or alike(ours[0], theirs[0])
    return type(ours) is type(theirs)


@pytest.mark.asyncio
async def test_time_and_status_have_the_shape_of_the_fixtures(wires, bodies):
    wire = await wires(script=())
    time = await wire.public("Time")
    assert any(alike(time, body) for body in bodies("server_time.jsonl"))
    assert time["result"] == {
        "unixtime": 1767614430,
        "rfc1123": "Mon, 05 Jan 26 12:00:30 +0000",
    }
    wire.simulator.set_system_status("post_only")
    status = await wire.public("SystemStatus")
    assert any(alike(status, body) for body in bodies("system_status.jsonl"))
    assert status["result"] == {"status": "post_only", "timestamp": "2026-01-05T12:00:30Z"}


@pytest.mark.asyncio
async def test_asset_pairs_have_the_shape_of_the_fixtures(wires, bodies):
    wire = await wires(["BTC/USD"], script=())
    ours = (await wire.public("AssetPairs"))["result"]
    (body,) = bodies("asset_pairs_2024.json")
    theirs = body["result"]["XXBTZUSD"]
    assert ours.keys() == {"XXBTZUSD"}
    assert ours["XXBTZUSD"].keys() == theirs.keys()
    fees = {"fees", "fees_maker"}
    for name in theirs.keys() - fees:
        assert type(ours["XXBTZUSD"][name]) is type(theirs[name]), name
    same = theirs.keys() - fees - {"ordermin", "long_position_limit", "short_position_limit"}
    assert {name: ours["XXBTZUSD"][name] for name in same} == {name: theirs[name] for name in same}


@pytest.mark.asyncio
async def test_a_pair_is_known_by_all_its_names(wires):
    symbols = ["BTC/USD", "DOGE/USD", "ETH/BTC", "SOL/USD", "EUR/USD", "USDT/USD"]
    wire = await wires(symbols, script=())
    for asked, key in (
        ("XXBTZUSD", "XXBTZUSD"),
        ("XBTUSD", "XXBTZUSD"),
        ("XBT/USD", "XXBTZUSD"),
        ("BTC/USD", "BTC/USD"),
        ("BTCUSD", "XXBTZUSD"),
        ("xdgusd", "XDGUSD"),
        ("DOGE/USD", "DOGE/USD"),
        ("ETHXBT", "XETHXXBT"),
        ("SOLUSD", "SOLUSD"),
        ("EURUSD", "ZEURZUSD"),
        ("USDTUSD", "USDTZUSD"),
    ):
        for call in ("AssetPairs", "Depth", "Trades"):
            body = await wire.public(call, pair=asked)
            assert body["error"] == []
            assert key in body["result"]


@pytest.mark.asyncio
async def test_assets_are_known_by_all_their_names(wires):
    wire = await wires(["BTC/USD"], script=())
    assert (await wire.public("Assets"))["result"] == {
        "XXBT": {
            "aclass": "currency",
            "altname": "XBT",
            "decimals": 10,
            "display_decimals": 5,
            "collateral_value": 1,
            "status": "enabled",
        },
        "ZUSD": {
            "aclass": "currency",
            "altname": "USD",
            "decimals": 4,
            "display_decimals": 2,
            "collateral_value": 1,
            "status": "enabled",
        },
    }
    for name in ("BTC", "XBT", "XXBT"):
        assert (await wire.public("Assets", asset=name))["result"].keys() == {"XXBT"}
    assert (await wire.public("Assets", asset="NONE"))["error"] == ["EQuery:Unknown asset"]


@pytest.mark.asyncio
async def test_depth_has_the_levels_of_the_book_with_rounded_volumes(wires):
    wire = await wires()
    book = (await wire.public("Depth", pair="XBTUSD", count=25))["result"]["XXBTZUSD"]
    top = wire.simulator.book("BTC/USD", 25)
    for name, levels in (("asks", top.asks), ("bids", top.bids)):
        assert [price for price, _, _ in book[name]] == [price + "0000" for price, _ in levels]
        for (_, volume, moment), (_, exact) in zip(book[name], levels, strict=True):
            assert re.fullmatch(r"\d+\.\d{3}", volume)
            assert abs(float(volume) - float(exact)) <= 0.00051
            assert moment == 1767614430


@pytest.mark.asyncio
async def test_trades_are_those_of_the_stream_and_can_be_paged(wires):
    wire = await wires(rate=300.0)
    line = await wire.open("public_v2")
    await line.say('{"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USD"]}}')
    start = (await wire.public("Trades", pair="XBTUSD", count=1))["result"]["last"]
    await wire.step(4, line)
    streamed = [
        (one["price"], one["qty"], one["side"][0], one["ord_type"][0], one["trade_id"])
        for frame in line.frames
        if frame.get("channel") == "trade"
        for one in frame["data"]
    ]
    paged, since = [], start
    while True:
        body = (await wire.public("Trades", pair="XBTUSD", since=since, count=7))["result"]
        if not body["XXBTZUSD"]:
            break
        paged += [
            (price[:-4], volume, side, kind, number)
            for price, volume, _, side, kind, _, number in body["XXBTZUSD"]
        ]
        since = body["last"]
    assert len(paged) > 14
    assert set(paged) <= set(streamed)
    assert paged == [one for one in streamed if one in set(paged)]


@pytest.mark.asyncio
async def test_candles_fill_empty_spans_and_end_with_the_running_one(wires):
    wire = await wires()
    body = (await wire.public("OHLC", pair="XBTUSD", interval=1))["result"]
    rows = body["XXBTZUSD"]
    assert len(rows) == 720
    assert [row[0] for row in rows] == list(range(1767614400 - 719 * 60, 1767614401, 60))
    assert body["last"] == rows[-2][0]
    empty = [row for row in rows if row[-1] == 0]
    assert empty
    assert all(row[5:7] == ["0.0", "0.00000000"] for row in empty)
    for row in rows:
        opening, high, low, close = map(float, row[1:5])
        assert low <= min(opening, close) <= max(opening, close) <= high
    later = (await wire.public("OHLC", pair="XBTUSD", since=rows[-3][0]))["result"]["XXBTZUSD"]
    assert later == rows[-2:]


@pytest.mark.parametrize(
    ("call", "query", "error"),
    [
        ("Nothing", {}, "EGeneral:Unknown method"),
        ("Depth", {}, "EGeneral:Invalid arguments"),
        ("Depth", {"pair": "NOPE"}, "EQuery:Unknown asset pair"),
        ("AssetPairs", {"pair": "XBTUSD,NOPE"}, "EQuery:Unknown asset pair"),
        ("Depth", {"pair": "XBTUSD", "count": "501"}, "EGeneral:Invalid arguments"),
        ("Trades", {"pair": "XBTUSD", "since": "yesterday"}, "EGeneral:Invalid arguments"),
        ("OHLC", {"pair": "XBTUSD", "interval": "7"}, "EGeneral:Invalid arguments"),
    ],
)
@pytest.mark.asyncio
async def test_nonsense_is_answered_with_status_200_and_an_error(wires, call, query, error):
    assert await (await wires(script=())).public(call, **query) == {"error": [error]}
