"""TLS: verified with the simulator's own authority, and only by the name of the host."""

import builtins
import ssl

import aiohttp
import pytest

from rxkraken.errors import ConfigurationError
from rxkraken.sim import Rules, Simulator

pytestmark = pytest.mark.asyncio


def secured(**rules):
    return Simulator(["BTC/USD"], clock="stepped", tls=True, rules=Rules(**rules))


async def test_a_client_that_trusts_the_authority_is_served(connected):
    async with secured() as simulator:
        assert simulator.environment.public_v2.startswith("wss://localhost:")
        assert simulator.environment.rest.startswith("https://localhost:")
        context = simulator.ssl_context
        async with connected(simulator, ssl=context) as client:
            assert (await client.frame())["channel"] == "status"
            await client.subscribe("book", "BTC/USD")
            await simulator.step(1)
            assert len(await client.data()) > 50
        async with aiohttp.ClientSession() as http:
            url = f"{simulator.environment.rest}/0/public/Time"
            async with http.get(url, ssl=context) as response:
                assert response.status == 200


async def test_a_client_that_does_not_trust_it_goes_away(connected):
    async with secured() as simulator:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            async with connected(simulator):
                pass
        assert simulator.history.connections_accepted == 0


async def test_the_certificate_as_a_file_is_enough(tmp_path, connected):
    async with secured() as simulator:
        (tmp_path / "authority.pem").write_bytes(simulator.authority_pem)
        context = ssl.create_default_context(cafile=tmp_path / "authority.pem")
        async with connected(simulator, ssl=context) as client:
            assert (await client.frame())["channel"] == "status"


async def test_a_client_that_names_no_host_is_refused_unless_the_rules_allow_it():
    for required in (True, False):
        async with secured(require_sni=required) as simulator, aiohttp.ClientSession() as http:
            url = simulator.environment.public_v2.replace("localhost", "127.0.0.1")
            if required:
                with pytest.raises(aiohttp.ClientConnectorError):
                    await http.ws_connect(url, ssl=simulator.ssl_context)
            else:
                socket = await http.ws_connect(url, ssl=simulator.ssl_context)
                assert (await socket.receive_json())["channel"] == "status"
                await socket.close()


async def test_without_tls_there_is_no_authority():
    simulator = Simulator(["BTC/USD"])
    assert simulator.ssl_context is None
    assert simulator.authority_pem is None


async def test_a_missing_package_is_named_with_its_extra(monkeypatch):
    real = builtins.__import__

    def without_trustme(name, *arguments, **named):
        if name == "trustme":
            raise ModuleNotFoundError(name)
        return real(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", without_trustme)
    with pytest.raises(ConfigurationError, match=r"pip install 'rxkraken\[test\]'"):
        secured()
