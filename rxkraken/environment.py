"""Where the exchange is and who we are: URLs, and credentials that never show their secret.

Every setting is taken from arguments first, then from environment variables, then from defaults.
Source: spec ``connection`` §1.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import attrs

from rxkraken.errors import ConfigurationError


def _websocket_url(_: object, attribute: attrs.Attribute[str], value: str) -> None:
    if not _is_url(value, {"ws", "wss"}):
        raise ConfigurationError(
            f"Environment.{attribute.name} must be a ws:// or wss:// URL with a host, not {value!r}"
        )


def _http_url(_: object, attribute: attrs.Attribute[str], value: str) -> None:
    if not _is_url(value, {"http", "https"}):
        raise ConfigurationError(
            f"Environment.{attribute.name} must be an http:// or https:// URL with a host, "
            f"not {value!r}"
        )


def _is_url(value: str, schemes: set[str]) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except (ValueError, TypeError, AttributeError):  # no text, an open bracket, a port too high
        return False


@attrs.frozen(kw_only=True)
class Environment:
    """The URLs of one exchange; what is not given is Kraken's production address.

    ``beta`` is newer API software in front of the production engine: orders there are real.

    >>> Environment.named("beta").public_v2
    'wss://beta-ws.kraken.com/v2'
    """

    public_v2: str = attrs.field(default="wss://ws.kraken.com/v2", validator=_websocket_url)
    private_v2: str = attrs.field(default="wss://ws-auth.kraken.com/v2", validator=_websocket_url)
    level3: str = attrs.field(default="wss://ws-l3.kraken.com/v2", validator=_websocket_url)
    public_v1: str = attrs.field(default="wss://ws.kraken.com", validator=_websocket_url)
    private_v1: str = attrs.field(default="wss://ws-auth.kraken.com", validator=_websocket_url)
    rest: str = attrs.field(default="https://api.kraken.com", validator=_http_url)

    @classmethod
    def named(cls, environment: str | Environment) -> Environment:
        """Resolve ``"primary"``, ``"beta"`` or an `Environment`, which is returned as it is.

        Raises:
            ConfigurationError: the name is neither of the two.
        """
        if isinstance(environment, Environment):
            return environment
        if environment == "primary":
            return cls()
        if environment == "beta":
            return cls(
                public_v2="wss://beta-ws.kraken.com/v2",
                private_v2="wss://beta-ws-auth.kraken.com/v2",
                public_v1="wss://beta-ws.kraken.com",
                private_v1="wss://beta-ws-auth.kraken.com",
            )
        raise ConfigurationError(
            f"environment must be 'primary', 'beta' or an Environment of URLs, not {environment!r}"
        )


class Credentials:
    """An API key and its secret; only the key's first characters ever appear in a text.

    No attrs class, so that nothing that walks over fields comes upon the secret.

    >>> Credentials("abcdefgh", "c2VjcmV0")
    Credentials(key='abcd…')
    """

    __slots__ = ("__key", "__secret")

    def __init__(self, key: str, secret: str) -> None:
        self.__key = key
        self.__secret = secret

    @property
    def key(self) -> str:
        """The public part."""
        return self.__key

    @classmethod
    def from_environment(cls) -> Credentials:
        """Read ``RXKRAKEN_KEY`` and ``RXKRAKEN_SECRET`` or the file ``RXKRAKEN_SECRET_FILE``.

        Raises:
            ConfigurationError: one of them is missing, or the file cannot be read.
        """
        key = os.environ.get("RXKRAKEN_KEY")
        secret = os.environ.get("RXKRAKEN_SECRET") or _secret_file()
        if not key or not secret:
            raise ConfigurationError(
                "set RXKRAKEN_KEY, and RXKRAKEN_SECRET or RXKRAKEN_SECRET_FILE, "
                "or pass Credentials(key, secret)"
            )
        return cls(key, secret)

    def reveal_secret(self) -> str:
        """Give the secret, for signing only."""
        return self.__secret

    def __repr__(self) -> str:
        return f"Credentials(key={self.key[:4] + '…'!r})"

    def __getstate__(self) -> NoReturn:
        raise TypeError("Credentials are never pickled: pass them to the other process by name")

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        self.__getstate__()


def _secret_file() -> str | None:
    path = os.environ.get("RXKRAKEN_SECRET_FILE")
    if not path:
        return None
    try:
        secret = Path(path).read_text(encoding="utf-8").strip()
        reason = "is empty"
    except OSError as error:
        secret, reason = "", f"cannot be read: {error.strerror}"
    except UnicodeDecodeError:  # its own text would show bytes of the secret
        secret, reason = "", "is no text file"
    if not secret:
        raise ConfigurationError(f"RXKRAKEN_SECRET_FILE names {path!r}, which {reason}")
    return secret
