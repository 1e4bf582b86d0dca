"""The names that users rely on, importable exactly as they are documented."""

import importlib.util
import inspect
import subprocess
import sys
from configparser import ConfigParser
from importlib.resources import files as resources

import pytest

import rxkraken
from rxkraken import Kraken, operators

NAMES = {
    "Credentials",
    "Environment",
    "Kraken",
    "ReconnectPolicy",
    "errors",
    "models",
    "operators",
    "run",
}
SIGNATURES = {
    "ticker": "(*symbols, event_trigger='trades', snapshot=True)",
    "book": "(*symbols, depth=10, snapshot=True)",
    "trade": "(*symbols, snapshot=False)",
    "ohlc": "(*symbols, interval=1, snapshot=True)",
    "instrument": "(*, snapshot=True)",
    "status": "()",
    "heartbeat": "()",
    "spread": "(*symbols)",
    "order_book": "(symbol, depth=10)",
    "lifecycle": "()",
    "frames": "()",
    "ping": "()",
    "receipt": "()",
    "aclose": "()",
}
LATER = {  # documented too, but no part of public market data
    "level3",
    "level3_book",
    "executions",
    "balances",
    "orders",
    "add_order",
    "amend_order",
    "edit_order",
    "cancel_order",
    "cancel_all",
    "cancel_all_orders_after",
    "batch_add",
    "batch_cancel",
    "dead_mans_switch",
}
OPERATORS = [name for name in operators.__all__ if inspect.isfunction(getattr(operators, name))]


def shape(function):
    """Give a signature without its annotations and without self."""
    signature = inspect.signature(function)
    bare = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for name, parameter in signature.parameters.items()
        if name != "self"
    ]
    return str(inspect.Signature(bare))


def python(program):
    """Run a program in a fresh interpreter; give its exit code and what it says."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and a literal program
        [sys.executable, "-W", "error", "-c", program],
        check=False,
        timeout=60,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout.strip(), done.stderr.strip()


def test_the_package_exports_its_names_and_no_others():
    assert set(rxkraken.__all__) == NAMES
    assert all(hasattr(rxkraken, name) for name in NAMES)


@pytest.mark.parametrize("module", [rxkraken, rxkraken.models, operators])
def test_exports_are_sorted_and_there(module):
    assert len(set(module.__all__)) == len(module.__all__)
    assert set(module.__all__) <= set(dir(module))


@pytest.mark.parametrize("module", [rxkraken.models, operators])
def test_what_a_package_imports_publicly_it_exports(module):
    public = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert public == set(module.__all__)


def test_the_imports_of_the_documentation_work():
    from rxkraken import Credentials, Environment, ReconnectPolicy, errors, run
    from rxkraken import operators as kops

    assert callable(kops.resample)
    assert callable(kops.order_book)
    assert callable(kops.retry_with_backoff)
    assert callable(run)
    assert issubclass(errors.Rejected, errors.RxKrakenError)
    for kind in (Credentials, Environment, ReconnectPolicy):
        assert inspect.isclass(kind)


def test_the_simulator_is_imported_as_documented():
    from rxkraken.sim import Faults, Simulator

    assert shape(Simulator.__init__).startswith("(symbols=('BTC/USD', 'ETH/USD'), seed=7, faults=")
    assert inspect.isclass(Faults)


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_method_of_the_client_has_the_documented_parameters(name):
    assert shape(getattr(Kraken, name)) == SIGNATURES[name]


def test_the_client_has_no_undocumented_public_methods():
    public = {name for name in vars(Kraken) if not name.startswith("_")}
    assert set(SIGNATURES) <= public
    assert public <= set(SIGNATURES) | LATER


def test_the_client_takes_the_documented_settings():
    parameters = inspect.signature(Kraken).parameters
    documented = ["environment", "version", "credentials", "number", "policy"]
    assert list(parameters)[: len(documented)] == documented
    assert parameters["environment"].default == "primary"
    assert parameters["version"].default == "v2"
    assert all(
        parameter.kind is inspect.Parameter.KEYWORD_ONLY
        for name, parameter in parameters.items()
        if name != "environment"
    )


def test_an_environment_takes_the_documented_addresses():
    assert list(inspect.signature(rxkraken.Environment).parameters) == [
        "public_v2",
        "private_v2",
        "level3",
        "public_v1",
        "private_v1",
        "rest",
    ]


def test_run_takes_a_pipeline_and_a_duration():
    assert shape(rxkraken.run) == "(observable, duration=None)"


def test_an_order_book_has_the_documented_attributes():
    documented = {
        "symbol",
        "depth",
        "bids",
        "asks",
        "best_bid",
        "best_ask",
        "mid",
        "spread",
        "checksum",
        "verified",
        "timestamp",
        "to_frame",
    }
    assert documented <= set(dir(rxkraken.models.OrderBook))


@pytest.mark.parametrize("kind", rxkraken.models.__all__)
def test_every_model_says_what_it_is(kind):
    assert inspect.getdoc(getattr(rxkraken.models, kind))


@pytest.mark.parametrize("name", SIGNATURES)
def test_every_method_of_the_client_says_what_it_does(name):
    assert inspect.getdoc(getattr(Kraken, name))


@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator_has_a_marble_line_and_an_example(name):
    text = inspect.getdoc(getattr(operators, name))
    assert "::" in text
    assert "-->" in text or "--" in text
    assert ">>>" in text


@pytest.mark.parametrize(
    "unwanted", ["aiohttp", "rich", "rich_click", "polars", "rxkraken.sim", "rxkraken.cli"]
)
def test_importing_the_package_does_not_import(unwanted):
    code, said, wrong = python(f"import sys, rxkraken; print({unwanted!r} in sys.modules)")
    assert (code, said, wrong) == (0, "False", "")


def test_composing_a_pipeline_does_not_import_aiohttp():
    program = (
        "import sys; from rxkraken import Kraken, operators as kops;"
        "Kraken().order_book('BTC/USD').pipe(kops.resample('1s'));"
        "print('aiohttp' in sys.modules, 'asyncio' in sys.modules)"
    )
    assert python(program) == (0, "False True", "")


def test_constructing_a_client_starts_no_thread():
    program = (
        "import threading; from rxkraken import Kraken;"
        "Kraken().ticker('BTC/USD'); print(threading.active_count())"
    )
    assert python(program) == (0, "1", "")


def test_the_types_are_shipped(pytestconfig):
    assert resources("rxkraken").joinpath("py.typed").is_file()
    settings = ConfigParser()
    settings.read(pytestconfig.rootpath / "setup.cfg")
    assert "py.typed" in settings["options.package_data"]["rxkraken"].split()


def test_every_module_can_be_imported_on_its_own():
    """No module needs another to have been imported before it."""
    for name in ("models", "wire.v2", "core.order_book", "transport", "operators", "stream.kraken"):
        assert importlib.util.find_spec(f"rxkraken.{name}") is not None
        assert python(f"import rxkraken.{name}") == (0, "", "")
