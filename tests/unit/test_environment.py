"""Where the exchange is, and a secret that appears in no text."""

import copy
import io
import logging
import pickle
import re
import traceback

import attrs
import pytest

from rxkraken.environment import Credentials, Environment
from rxkraken.errors import ConfigurationError

KEY = "publickeyofthisaccount"
SECRET = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="  # noqa: S105 - the example of the exchange's documentation
URLS = ("public_v2", "private_v2", "level3", "public_v1", "private_v1")


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch):
    for name in ("RXKRAKEN_KEY", "RXKRAKEN_SECRET", "RXKRAKEN_SECRET_FILE"):
        monkeypatch.delenv(name, raising=False)


def refuse(credentials):
    raise ValueError(credentials)


class TestEnvironment:
    def test_primary_is_what_the_specification_lists(self):
        assert attrs.asdict(Environment.named("primary")) == {
            "public_v2": "wss://ws.kraken.com/v2",
            "private_v2": "wss://ws-auth.kraken.com/v2",
            "level3": "wss://ws-l3.kraken.com/v2",
            "public_v1": "wss://ws.kraken.com",
            "private_v1": "wss://ws-auth.kraken.com",
            "rest": "https://api.kraken.com",
        }

    def test_beta_has_its_own_hosts_where_there_are_any(self):
        primary, beta = Environment.named("primary"), Environment.named("beta")
        assert beta.public_v2 == "wss://beta-ws.kraken.com/v2"
        assert beta.private_v2 == "wss://beta-ws-auth.kraken.com/v2"
        assert beta.public_v1 == "wss://beta-ws.kraken.com"
        assert beta.private_v1 == "wss://beta-ws-auth.kraken.com"
        assert (beta.level3, beta.rest) == (primary.level3, primary.rest)

    def test_an_environment_is_taken_as_it_is(self):
        own = Environment(public_v2="ws://127.0.0.1:8080/v2")
        assert Environment.named(own) is own
        assert own.private_v2 == Environment().private_v2

    @pytest.mark.parametrize("name", ["Primary", "prod", "", None, 7, "wss://ws.kraken.com/v2"])
    def test_another_name_is_refused_in_a_sentence(self, name):
        with pytest.raises(ConfigurationError) as refused:
            Environment.named(name)
        assert str(refused.value) == (
            f"environment must be 'primary', 'beta' or an Environment of URLs, not {name!r}"
        )

    @pytest.mark.parametrize("name", URLS)
    @pytest.mark.parametrize(
        "url",
        [
            "https://ws.kraken.com/v2",
            "ws.kraken.com/v2",
            "wss:///v2",
            "wss://",
            "wss://:443/v2",
            "ws://[::1/v2",
            "ws://127.0.0.1:70000",
            "ws://127.0.0.1:port",
            "",
            None,
            7,
            b"wss://ws.kraken.com/v2",
        ],
    )
    def test_what_is_no_websocket_address_is_refused_with_the_name_of_the_field(self, name, url):
        with pytest.raises(ConfigurationError) as refused:
            Environment(**{name: url})
        assert str(refused.value) == (
            f"Environment.{name} must be a ws:// or wss:// URL with a host, not {url!r}"
        )

    @pytest.mark.parametrize("url", ["wss://api.kraken.com", "api.kraken.com", "http://[", None])
    def test_what_is_no_rest_address_is_refused(self, url):
        with pytest.raises(ConfigurationError) as refused:
            Environment(rest=url)
        assert str(refused.value) == (
            f"Environment.rest must be an http:// or https:// URL with a host, not {url!r}"
        )

    @pytest.mark.parametrize("url", ["ws://127.0.0.1:8080/v2", "wss://[::1]:1/x?y=z", "WSS://HOST"])
    def test_any_websocket_address_will_do(self, url):
        assert Environment(public_v2=url).public_v2 == url

    def test_an_environment_is_a_value(self):
        assert Environment() == Environment.named("primary")
        assert hash(Environment()) == hash(Environment.named("primary"))
        with pytest.raises(AttributeError):
            Environment().rest = "https://elsewhere"


class TestCredentials:
    def test_the_secret_is_given_on_request_only(self):
        credentials = Credentials(KEY, SECRET)
        assert credentials.key == KEY
        assert credentials.reveal_secret() == SECRET

    @pytest.mark.parametrize(
        "show",
        [
            repr,
            str,
            "{}".format,
            "{!r}".format,
            lambda it: f"{it} {it!s} {it!r:>80}",
            lambda it: "%s %r" % (it, it),  # noqa: UP031 - the old way shows no more
            lambda it: repr([it, {"credentials": it}]),
        ],
    )
    def test_no_text_shows_the_secret_or_the_whole_key(self, show):
        text = show(Credentials(KEY, SECRET))
        assert SECRET[:6] not in text
        assert KEY not in text
        assert "publ…" in text

    def test_no_log_line_and_no_traceback_shows_the_secret(self):
        credentials = Credentials(KEY, SECRET)
        lines = io.StringIO()
        handler = logging.StreamHandler(lines)
        handler.handle(logging.makeLogRecord({"msg": "with %s", "args": (credentials,)}))
        with pytest.raises(ValueError, match="Credentials") as raised:
            refuse(credentials)
        text = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
        shown = "".join(text.format()) + lines.getvalue()
        assert shown.count("Credentials(key='publ…')") >= 3
        assert SECRET not in shown

    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    def test_they_are_never_pickled_and_never_copied(self, protocol):
        with pytest.raises(TypeError, match="never pickled"):
            pickle.dumps({"credentials": Credentials(KEY, SECRET)}, protocol)
        for copier in (copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="never pickled"):
                copier(Credentials(KEY, SECRET))

    def test_they_have_no_dictionary_and_cannot_change(self):
        credentials = Credentials(KEY, SECRET)
        assert not hasattr(credentials, "__dict__")
        with pytest.raises(AttributeError):
            credentials.key = "other"

    def test_two_of_them_are_not_compared_by_their_secret(self):
        assert Credentials(KEY, SECRET) != Credentials(KEY, SECRET)


class TestCredentialsOfTheEnvironment:
    def test_both_come_from_variables(self, monkeypatch):
        monkeypatch.setenv("RXKRAKEN_KEY", KEY)
        monkeypatch.setenv("RXKRAKEN_SECRET", SECRET)
        credentials = Credentials.from_environment()
        assert (credentials.key, credentials.reveal_secret()) == (KEY, SECRET)

    def test_the_secret_may_be_in_a_file_that_ends_with_a_line_break(self, monkeypatch, tmp_path):
        file = tmp_path / "secret"
        file.write_text(f"{SECRET}\r\n", encoding="utf-8")
        monkeypatch.setenv("RXKRAKEN_KEY", KEY)
        monkeypatch.setenv("RXKRAKEN_SECRET_FILE", str(file))
        assert Credentials.from_environment().reveal_secret() == SECRET

    def test_the_variable_goes_before_the_file(self, monkeypatch, tmp_path):
        monkeypatch.setenv("RXKRAKEN_KEY", KEY)
        monkeypatch.setenv("RXKRAKEN_SECRET", SECRET)
        monkeypatch.setenv("RXKRAKEN_SECRET_FILE", str(tmp_path / "missing"))
        assert Credentials.from_environment().reveal_secret() == SECRET

    @pytest.mark.parametrize(
        "given",
        [
            {},
            {"RXKRAKEN_KEY": KEY},
            {"RXKRAKEN_SECRET": SECRET},
            {"RXKRAKEN_KEY": "", "RXKRAKEN_SECRET": SECRET},
            {"RXKRAKEN_KEY": KEY, "RXKRAKEN_SECRET": ""},
            {"RXKRAKEN_KEY": KEY, "RXKRAKEN_SECRET_FILE": ""},
        ],
    )
    def test_what_is_missing_is_said_without_what_is_there(self, monkeypatch, given):
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(ConfigurationError) as refused:
            Credentials.from_environment()
        assert str(refused.value) == (
            "set RXKRAKEN_KEY, and RXKRAKEN_SECRET or RXKRAKEN_SECRET_FILE, "
            "or pass Credentials(key, secret)"
        )

    @pytest.mark.parametrize("kind", ["missing", "a folder", "no text", "empty"])
    def test_a_file_that_does_not_help_is_named_and_its_bytes_are_not(
        self, monkeypatch, tmp_path, kind
    ):
        file = tmp_path / "secret"
        if kind == "a folder":
            file.mkdir()
        elif kind == "no text":
            file.write_bytes(b"secretbytes\xff\xfe")
        elif kind == "empty":
            file.write_bytes(b" \n")
        monkeypatch.setenv("RXKRAKEN_KEY", KEY)
        monkeypatch.setenv("RXKRAKEN_SECRET_FILE", str(file))
        with pytest.raises(ConfigurationError, match=re.escape(f"{str(file)!r}, which")) as refused:
            Credentials.from_environment()
        text = "".join(traceback.format_exception(refused.value))
        assert "secretbytes" not in text
        assert "UnicodeDecodeError" not in text
