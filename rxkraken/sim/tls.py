"""TLS for a simulator: a certificate and its authority, both made at the start and never stored."""

from __future__ import annotations

import ssl

from rxkraken.errors import ConfigurationError

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Authority:
    """Signs the certificate of one simulator, and vouches for it to clients.

    Args:
        host: the name under which the simulator is reached, besides those of loopback.

    Raises:
        ConfigurationError: the package that makes certificates is not installed.
    """

    def __init__(self, host: str) -> None:
        try:
            import trustme  # noqa: PLC0415 - an extra: only TLS needs it
        except ModuleNotFoundError:
            raise ConfigurationError(
                "Simulator(tls=True) makes its certificate with trustme, which is not installed: "
                "pip install 'rxkraken[test]'"
            ) from None
        self._authority = trustme.CA()
        self._certificate = self._authority.issue_cert(*dict.fromkeys((*_LOOPBACK, host)))

    @property
    def pem(self) -> bytes:
        """The certificate of the authority, for clients that are not written in Python."""
        return self._authority.cert_pem.bytes()

    def client_context(self) -> ssl.SSLContext:
        """Settings with which a client verifies this simulator and nobody else."""
        context = ssl.create_default_context(cadata=self.pem.decode())
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    def server_context(self, *, require_sni: bool) -> ssl.SSLContext:
        """Settings of the server; like Kraken's front it can insist on the name of the host."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._certificate.configure_cert(context)
        if require_sni:
            context.sni_callback = _refuse_nameless
        return context


def _refuse_nameless(_: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> int | None:
    return None if name else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
