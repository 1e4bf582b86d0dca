"""``rxkraken watch``: what it shows, and how it fails."""

import json
import socket

import pytest

from rxkraken.sim import Simulator


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.mark.parametrize(
    "symbols", [["NOPE/USD"], ["BTC/USD", "NOPE/USD"]], ids=["alone", "beside a good one"]
)
@pytest.mark.parametrize("channel", ["book", "trade", "ticker", "ohlc"])
def test_a_wrong_symbol_is_told_in_the_words_of_the_exchange(invoke, symbols, channel):
    result = invoke("watch", *symbols, "--environment", "sim", "--channel", channel)
    assert result.exit_code == 1
    assert result.stderr == (
        "rxkraken: the exchange refused NOPE/USD: Currency pair not supported NOPE/USD\n"
    )


def test_what_is_no_symbol_is_one_sentence(invoke):
    result = invoke("watch", "BTCUSD", "--environment", "sim")
    assert result.exit_code == 1
    assert result.stderr == "rxkraken: a symbol is written like 'BTC/USD', not 'BTCUSD'\n"


def test_an_unreachable_host_is_one_sentence(invoke):
    url = f"ws://127.0.0.1:{closed_port()}/v2"
    result = invoke("watch", "BTC/USD", "--environment", url)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"rxkraken: {url} cannot be reached: ")
    assert result.stderr.count("\n") == 1


def test_a_wrong_path_is_one_sentence(start, invoke):
    simulator = start("simulate", "--json", "--symbols", "BTC/USD")
    url = json.loads(simulator.stdout.readline())["public_v2"] + "/nothing"
    result = invoke("watch", "BTC/USD", "--environment", url)
    assert result.exit_code == 1
    assert result.stderr == f"rxkraken: {url} refused the connection with HTTP status 404\n"


def test_only_the_chosen_channels_are_subscribed(invoke):
    result = invoke(
        *("watch", "BTC/USD", "ETH/USD", "--environment", "sim", "--duration", "1", "--json"),
        *("--channel", "ticker", "--channel", "book", "--depth", "25"),
    )
    assert result.exit_code == 0
    events = [json.loads(line) for line in result.stdout.splitlines()]
    topics = [event["topic"] for event in events if event.get("event") == "Subscribed"]
    assert {(topic["channel"], topic["symbol"], topic.get("depth")) for topic in topics} == {
        ("ticker", "BTC/USD", None),
        ("ticker", "ETH/USD", None),
        ("book", "BTC/USD", 25),
        ("book", "ETH/USD", 25),
    }
    assert {event["channel"] for event in events if "channel" in event} == {"book", "ticker"}


def test_a_pipe_gets_a_line_a_second_and_a_summary(invoke):
    result = invoke("watch", "BTC/USD", "--environment", "sim", "--duration", "1.2")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert "connected  BTC/USD 65," in lines[-2]
    assert lines[-1].endswith(" 0 reconnects.")


def test_names_of_environments_need_no_network_to_be_checked(invoke):
    result = invoke("watch", "BTC/USD", "--environment", "production")
    assert result.exit_code == 2
    assert "'production' is neither primary, beta, sim nor a ws://" in result.stderr


def test_the_simulator_is_what_the_symbols_are_checked_by():
    assert "NOPE/USD" not in Simulator().symbols
