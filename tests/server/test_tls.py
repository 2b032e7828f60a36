"""TLS by certificate files: what fits is used, what does not is refused in a sentence, and can be exchanged."""

import gc
import ssl
import weakref
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trio
import trustme
from coachline_core.runtime.link import HandshakeFailed
from coachline_core.runtime.seams import TcpNetwork
from coachline_core.runtime.tcp import address_of
from coachline_server.exits import Exit, Stopped
from coachline_server.link import accept_link
from coachline_server.tls import CertificateFiles, TlsNetwork
from support.links import SUBPROTOCOL
from trio.testing import memory_stream_pair

ENDS = datetime(2099, 1, 1, tzinfo=UTC)


def issue(authority: trustme.CA, folder: Path, name: str = "localhost") -> CertificateFiles:
    """A fresh certificate of `authority` as files."""
    issued = authority.issue_cert(name, not_after=ENDS)
    files = CertificateFiles(folder / "chain.pem", folder / "key.pem")
    files.certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    files.key.write_bytes(issued.private_key_pem.bytes())
    return files


async def serial_seen(authority: trustme.CA, port: int) -> str:
    """Connect over TLS, check the certificate, and say which it was."""
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    stream = await trio.open_ssl_over_tcp_stream("localhost", port, ssl_context=trusting)
    async with stream:
        await stream.do_handshake()
        certificate = stream.getpeercert()
        await stream.send_all(b"!")
        assert await stream.receive_some(1) == b"!"
        return str(certificate["serialNumber"])


async def echo(stream: trio.abc.Stream) -> None:
    async with stream:
        try:
            await stream.send_all(await stream.receive_some(1))
        except trio.BrokenResourceError:
            return  # the handshake came to nothing


async def test_a_new_certificate_serves_the_next_handshake(tmp_path: Path) -> None:
    authority = trustme.CA()
    files = issue(authority, tmp_path)
    context = files.context()
    listeners = await TlsNetwork(TcpNetwork(), context).listen("127.0.0.1", 0)
    address = address_of(listeners[0])
    assert address is not None
    port = address[1]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, echo, listeners)
        first = await serial_seen(authority, port)
        assert await serial_seen(authority, port) == first
        issue(authority, tmp_path).load_into(context)
        assert await serial_seen(authority, port) != first
        with pytest.raises(trio.BrokenResourceError):
            await serial_seen(trustme.CA(), port)  # whoever does not trust our authority learns it at once
        nursery.cancel_scope.cancel()


def test_what_does_not_fit_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    authority = trustme.CA()
    files = issue(authority, tmp_path)
    context = files.context()
    files.key.write_bytes(authority.issue_cert("localhost").private_key_pem.bytes())
    with pytest.raises(Stopped, match="not a certificate chain and its private key") as stopped:
        files.load_into(context)
    assert stopped.value.code is Exit.USAGE


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    files = issue(trustme.CA(), tmp_path)
    files.key.unlink()
    with pytest.raises(Stopped, match=r"key\.pem: cannot be read: No such file or directory\."):
        files.context()


def test_a_file_that_is_no_certificate_is_refused(tmp_path: Path) -> None:
    files = issue(trustme.CA(), tmp_path)
    files.certificate.write_text("hello")
    with pytest.raises(Stopped, match="not a certificate chain"):
        files.context()
    with pytest.raises(ValueError, match="PEM"):
        files.expires_ms()


def test_it_is_known_when_a_certificate_ends(tmp_path: Path) -> None:
    assert issue(trustme.CA(), tmp_path).expires_ms() == ENDS.timestamp() * 1000


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (b"GET / HTTP/1.1\r\n", "the peer speaks no TLS, and this daemon wants it"),
        (b"\x16\x03\x01\x00\x05nonsense", "TLS: "),
        (b"", "the peer ended the handshake"),
    ],
    ids=["in the clear", "nonsense", "nothing"],
)
async def test_a_handshake_that_fails_says_what_of_tls_was_wrong(words: bytes, reason: str, tmp_path: Path) -> None:
    client, server = memory_stream_pair()
    secured = trio.SSLStream(server, issue(trustme.CA(), tmp_path).context(), server_side=True, https_compatible=True)
    await client.send_all(words)
    if not words:
        await client.send_eof()
    with trio.fail_after(5), pytest.raises(HandshakeFailed) as failed:
        async with accept_link(secured, subprotocols=[SUBPROTOCOL], allowed_origins=(), handshake_timeout=60):
            pass
    assert failed.value.reason.startswith(reason)


async def test_tls_where_none_is_spoken_is_refused_at_once() -> None:
    client, server = memory_stream_pair()
    refused = trio.Event()

    async def accept() -> None:
        with pytest.raises(HandshakeFailed, match="speaks TLS"):
            async with accept_link(server, subprotocols=[SUBPROTOCOL], allowed_origins=(), handshake_timeout=60):
                pass
        refused.set()

    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(accept)
            secured = trio.SSLStream(client, ssl.create_default_context(), server_hostname="localhost")
            with pytest.raises(trio.BrokenResourceError):
                await secured.do_handshake()
            await refused.wait()


@pytest.mark.parametrize("words", [b"", b"GET / HTTP/1.1\r\n", None], ids=["nothing", "in the clear", "TLS"])
async def test_what_tls_took_is_given_back_without_the_collector_of_garbage(
    words: bytes | None, tmp_path: Path
) -> None:
    """Else strangers have hundreds of its objects wait for it, of which it does not see the size."""
    authority = trustme.CA()
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    client, server = memory_stream_pair()
    secured = trio.SSLStream(server, issue(authority, tmp_path).context(), server_side=True, https_compatible=True)
    left = weakref.ref(secured)

    async def accept(stream: trio.abc.Stream) -> None:
        with pytest.raises(HandshakeFailed):
            async with accept_link(stream, subprotocols=[SUBPROTOCOL], allowed_origins=(), handshake_timeout=60):
                pass

    gc.collect()
    gc.disable()
    try:
        with trio.fail_after(5):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(accept, secured)
                del secured
                if words is None:
                    speaking = trio.SSLStream(client, trusting, server_hostname="localhost", https_compatible=True)
                    await speaking.do_handshake()
                else:
                    await client.send_all(words)
                await client.send_eof()
        assert left() is None
    finally:
        gc.enable()
