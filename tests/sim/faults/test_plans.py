"""Plans of faults: written in Python or JSON, and judged in precise sentences."""

import json

import pytest

from rxkraken.errors import ConfigurationError
from rxkraken.sim import Fault, Faults
from rxkraken.sim.faults.kinds import KINDS


def test_a_plan_in_json_is_the_plan_in_python(tmp_path):
    plan = [
        {"kind": "drop", "symbol": "BTC/USD", "every": 50},
        {"kind": "disconnect", "endpoint": "private", "code": 1012, "at": 2.5},
        {"kind": "delay_ack", "method": "add_order", "seconds": 3, "probability": 0.5},
    ]
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({"seed": 9, "faults": plan}))
    expected = Faults([Fault(**fields) for fields in plan], seed=9)
    assert Faults.load(path) == Faults.from_json(path.read_bytes()) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "no JSON: .* in line 1, column 2"),
        ("[]", "an object with a list 'faults'"),
        ('{"faults": {}}', "an object with a list 'faults'"),
        ('{"faults": [], "sede": 1}', "unknown field 'sede': did you mean 'seed'"),
        ('{"faults": [], "seed": "x"}', "seed of a fault plan must be a whole number, not 'x'"),
        ('{"faults": [1]}', r"faults\[0\] must be an object with a 'kind', not 1"),
        ('{"faults": [{}]}', r"faults\[0\] must be an object with a 'kind'"),
        (
            '{"faults": [{"kind": "drop"}, {"kind": "drop", "evry": 3}]}',
            r"faults\[1\] has an unknown field 'evry': did you mean 'every'",
        ),
        (
            '{"faults": [{"kind": "drop", "qqq": 3}]}',
            r"faults\[0\] has an unknown field 'qqq': use kind, endpoint",
        ),
        (
            '{"faults": [{"kind": "drop", "every": "ten"}]}',
            r"faults\[0\]: Fault.every must be a whole number, not 'ten'",
        ),
        ('{"faults": [{"kind": "dorp"}]}', r"faults\[0\]: Fault.kind must be one of drop, "),
    ],
)
def test_a_plan_that_cannot_be_read_says_where_and_why(text, words):
    with pytest.raises(ConfigurationError, match=words):
        Faults.from_json(text)


def test_a_plan_that_is_no_text_is_refused():
    with pytest.raises(ConfigurationError, match="no text in UTF-8"):
        Faults.from_json(b"\xff\xfe\xfa\xfb")


def test_a_file_that_is_missing_or_wrong_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match=r"'.*none.json' cannot be read: No such file"):
        Faults.load(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("nope")
    with pytest.raises(ConfigurationError, match=r"bad.json: the fault plan is no JSON"):
        Faults.load(tmp_path / "bad.json")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_written_in_one_word(kind):
    assert Fault(kind=kind).kind == kind


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "drop", "endpoint": "moon"}, "Fault.endpoint must be one of public, private"),
        ({"kind": "drop", "channel": ""}, "Fault.channel must be a text"),
        ({"kind": "drop", "symbol": 3}, "Fault.symbol must be a text"),
        ({"kind": "drop", "message": "all"}, "Fault.message must be one of update, snapshot, any"),
        ({"kind": "drop", "method": "subscribe"}, "drop has no method to aim at"),
        ({"kind": "drop", "nth": 0}, "Fault.nth must be at least 1"),
        ({"kind": "drop", "times": True}, "Fault.times must be a whole number"),
        ({"kind": "drop", "probability": "often"}, "Fault.probability must be a number"),
        ({"kind": "drop", "at": -1}, "Fault.at must be seconds since the opening"),
        ({"kind": "drop", "endpoint": "rest"}, "drop does not happen to REST: choose from"),
        ({"kind": "delay", "seconds": 0}, "Fault.seconds must be positive"),
        ({"kind": "delay", "seconds": None}, "delay needs seconds"),
        ({"kind": "clock_skew", "seconds": float("inf")}, "Fault.seconds must be finite"),
        ({"kind": "disconnect", "code": 1006}, "close code that can be sent"),
        ({"kind": "disconnect", "code": 99}, "close code that can be sent"),
        ({"kind": "trickle", "rate": 0}, "Fault.rate must be positive"),
        ({"kind": "oversize", "size": "big"}, "Fault.size must be a whole number"),
        ({"kind": "missing_checksum", "channel": None}, "'book' or 'level3' only, not None"),
    ],
)
def test_a_fault_that_could_never_strike_is_refused(fields, words):
    with pytest.raises(ConfigurationError, match=words):
        Fault(**fields)
