"""``rxkraken replay``: recordings through the whole client."""

import gzip
import json
import os
from pathlib import Path

import pytest

from rxkraken.cli.recording import survey
from rxkraken.errors import ConfigurationError

FIXTURES = Path(os.environ.get("RXKRAKEN_FIXTURES", Path(__file__).parents[3] / "shared/fixtures"))
SESSIONS = FIXTURES / "v2/sessions"
needs_fixtures = pytest.mark.skipif(
    not SESSIONS.is_dir(), reason=f"recorded sessions are not at {SESSIONS}"
)


def is_book(frame):
    return json.loads(frame).get("channel") == "book"


def counters(result):
    last = json.loads(result.stdout.splitlines()[-1])
    assert list(last) == ["frames", "books_verified", "checksum_failures", "resyncs", "reconnects"]
    return last


@needs_fixtures
@pytest.mark.parametrize(
    ("name", "books"),
    [
        ("book_btcusd_d10_2023-07-30.jsonl", 510),
        ("book_btcusd_d25_2026-10-08.jsonl", 41),
        ("book_btcusd_d10_2026-10-09.jsonl", 3),
        ("book_algousd_d10_2024-10-03.jsonl", 2),
    ],
)
def test_a_recorded_session_of_the_exchange_verifies_completely(invoke, name, books):
    result = invoke("replay", SESSIONS / name, "--json")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert len(result.stdout.splitlines()) == 1
    assert counters(result)["books_verified"] == books
    assert counters(result)["checksum_failures"] == 0


@needs_fixtures
@pytest.mark.parametrize("line", [2, 101, 400])
def test_a_lost_line_of_a_recorded_session_is_found(invoke, write, line):
    frames = (SESSIONS / "book_btcusd_d10_2023-07-30.jsonl").read_bytes().splitlines()
    result = invoke("replay", write(frames[: line - 1] + frames[line:]), "--json")
    assert result.exit_code == 1
    assert counters(result)["checksum_failures"] >= 1
    assert counters(result)["books_verified"] < len(frames) - 1
    assert "did not agree with the exchange" in result.stderr


@needs_fixtures
def test_a_recording_of_another_channel_is_one_sentence(invoke):
    result = invoke("replay", SESSIONS / "level3_btcusd_d10_constructed.jsonl")
    assert result.exit_code == 1
    assert "holds no frames of the channel book (found: channel level3)" in result.stderr


def test_a_session_with_everything_in_it_replays(invoke, write, recorded):
    books = sum(map(is_book, recorded))
    path = write(recorded)
    result = invoke("replay", path)
    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout.startswith(f"{path}: BTC/USD depth 10, ETH/USD depth 25: ")
    assert f" {books} books verified, 0 checksum failures" in result.stdout
    assert books > 100


def test_a_mismatch_is_told_with_its_line_and_the_other_book_goes_on(invoke, write, recorded):
    updates = [at for at, frame in enumerate(recorded) if b'"BTC/USD"' in frame and is_book(frame)]
    wrong = updates[5]
    data = json.loads(recorded[wrong])
    data["data"][0]["checksum"] ^= 1
    frames = (*recorded[:wrong], json.dumps(data).encode(), *recorded[wrong + 1 :])
    others = sum(is_book(frame) for frame in recorded) - len(updates)
    path = write(frames)
    result = invoke("replay", path, "--json")
    assert result.exit_code == 1
    assert counters(result)["books_verified"] == others + 5
    assert counters(result)["checksum_failures"] == 1
    assert result.stderr.startswith(
        f"rxkraken: {path}: at line {wrong + 1} the BTC/USD book did not agree with the exchange"
    )


def test_a_book_is_healed_by_a_later_snapshot_of_the_recording(invoke, write, recorded):
    book = [frame for frame in recorded if b'"ETH/USD"' in frame and is_book(frame)]
    wrong = json.loads(book[3])
    wrong["data"][0]["checksum"] ^= 1
    result = invoke("replay", write([*book[:3], json.dumps(wrong).encode(), *book]), "--json")
    assert result.exit_code == 1
    assert counters(result)["checksum_failures"] == 1
    assert counters(result)["resyncs"] == 1
    assert counters(result)["books_verified"] == 3 + len(book)


@pytest.mark.parametrize(
    "junk",
    [
        b'{"channel":"book","type":"update","data":[{"symbol":"BTC/USD"',
        b"CloudFlare WebSocket proxy restarting",
        b"\xff\xfe\x00",
        b"[1,2]",
        b"{}",
        b'{"channel":"book","type":"update","data":[]}',
        b'{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD"}]}',
    ],
)
def test_one_bad_line_is_told_and_the_rest_replays(invoke, write, recorded, junk):
    books = sum(map(is_book, recorded))
    path = write((*recorded[:9], junk, *recorded[9:]))
    result = invoke("replay", path)
    assert result.exit_code == 1
    assert f" {books} books verified, 0 checksum failures" in result.stdout
    assert "1 line passed over." in result.stdout
    assert result.stderr.startswith(f"rxkraken: {path}: line 10 was passed over, being no v2 frame")
    assert result.stderr.count("\n") == 1


def test_what_a_client_does_not_take_is_passed_over_in_silence(invoke, write, recorded):
    extra = [
        b"",
        b'{"method":"pong","req_id":3}',
        b'{"Error":"Exceeded msg rate"}',
        b'{"channel":"executions","type":"snapshot","data":[],"sequence":1}',
    ]
    frames = [b"\xef\xbb\xbf" + recorded[0], *extra, *(frame + b"\r" for frame in recorded[1:])]
    result = invoke("replay", write(frames), "--json")
    assert result.exit_code == 0
    assert counters(result)["books_verified"] == sum(map(is_book, recorded))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (gzip.compress(b"{}", mtime=0), "line 1 is no v2 frame"),
        (b"\x00\x01\x02" * 999, "line 1 is no v2 frame"),
        (b'\n{"channel":"book"', "line 2 is no v2 frame"),
        (b"hello\nworld\n", "line 1 is no v2 frame"),
        (b'{"channel":"heartbeat"}\n', "holds no frames of the channel book"),
        (b'{"method":"pong","req_id":3}\n', "holds no frames of the channel book (found: answers)"),
        (
            (
                b'{"channel":"heartbeat"}\n{"channel":"book","type":"update","data":'
                b'[{"symbol":"BTC/USD","bids":[],"asks":[]}]}\n'
            ),
            "line 2 updates the book of BTC/USD, but no snapshot of it is in the file",
        ),
    ],
)
def test_a_file_without_anything_to_replay_is_one_sentence(invoke, tmp_path, content, words):
    path = tmp_path / "session.jsonl"
    path.write_bytes(content)
    result = invoke("replay", path)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith(f"rxkraken: {path} ")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_missing_file_and_a_folder_are_one_sentence_each(invoke, tmp_path):
    for path in (tmp_path / "nothing.jsonl", tmp_path):
        result = invoke("replay", path)
        assert result.exit_code == 1
        assert result.stderr.startswith(f"rxkraken: {path} cannot be read: ")
        assert result.stderr.count("\n") == 1


def snapshot(levels, checksum=""):
    sides = [
        ",".join(f'{{"price":{base + sign * at}.1,"qty":1.0}}' for at in range(levels))
        for base, sign in ((9000, -1), (9001, 1))
    ]
    return (
        b'{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD","bids":[%s],'
        b'"asks":[%s]%s}]}' % (sides[0].encode(), sides[1].encode(), checksum.encode())
    )


@pytest.mark.parametrize(
    ("levels", "depth"),
    [(1, 10), (10, 10), (11, 25), (25, 25), (26, 100), (101, 500), (501, 1000), (1000, 1000)],
)
def test_the_depth_is_the_smallest_that_holds_the_snapshots(write, levels, depth):
    assert survey(write([snapshot(1), snapshot(levels)])).depths == {"BTC/USD": depth}


def test_a_snapshot_larger_than_any_book_is_refused(write):
    with pytest.raises(ConfigurationError, match="with 1001 levels a side"):
        survey(write([snapshot(1001)]))


def test_the_depth_can_be_given(invoke, write):
    result = invoke("replay", write([snapshot(3)]), "--depth", "25")
    assert "BTC/USD depth 25" in result.stdout


def test_a_book_without_checksums_is_no_success(invoke, write):
    path = write([snapshot(10)])
    result = invoke("replay", path)
    assert result.exit_code == 1
    assert "0 books verified" in result.stdout
    assert "no book could be verified" in result.stderr


def test_reading_tells_how_far_it_is(write, recorded):
    path, told = write(recorded), []
    survey(path, told.append)
    assert sum(told) == path.stat().st_size


def test_a_terminal_sees_how_far_it_is(on_terminal, write, recorded):
    terminal = on_terminal("replay", write(recorded), columns=300)
    shown = terminal.until("reconnects.")
    assert "reading session.jsonl" in shown
    assert "replaying session.jsonl" in shown
    assert terminal.process.wait(timeout=10) == 0


def test_a_huge_file_of_something_else_is_given_up_early(write):
    told = []
    path = write([b"noise"] * 5000)
    with pytest.raises(ConfigurationError, match="line 1 is no v2 frame"):
        survey(path, told.append)
    assert sum(told) < path.stat().st_size / 2
