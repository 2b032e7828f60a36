"""TLS by certificate files: one server context, read anew on demand, and what a certificate file says of itself."""

import ssl
from dataclasses import dataclass
from pathlib import Path

import trio
import trio.abc
from coachline_core.runtime.seams import Network
from cryptography import x509

from coachline_server.exits import Exit, Stopped


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """Where the certificate chain and its private key lie (PEM)."""

    certificate: Path
    key: Path

    def load_into(self, context: ssl.SSLContext) -> None:
        """Use what the files hold now for every handshake from here on.

        Raises Stopped, and leaves the context as it was, when they are missing, unreadable or do not fit each other.
        """
        for file in (self.certificate, self.key):
            try:
                file.open("rb").close()
            except OSError as error:
                raise Stopped(Exit.USAGE, f"{file}: cannot be read: {error.strerror}.") from error
        try:
            _fresh_context().load_cert_chain(self.certificate, self.key, password="")
            context.load_cert_chain(self.certificate, self.key, password="")
        except (ssl.SSLError, OSError, ValueError) as error:
            raise Stopped(
                Exit.USAGE,
                f"{self.certificate} and {self.key}: not a certificate chain and its private key,"
                " both PEM and the key without a pass phrase.",
            ) from error

    def context(self) -> ssl.SSLContext:
        """A server's context with these files loaded. Raises Stopped."""
        context = _fresh_context()
        self.load_into(context)
        return context

    def expires_ms(self) -> int:
        """When the first certificate of the chain ends, milliseconds UTC. Raises OSError, ValueError."""
        first = x509.load_pem_x509_certificates(self.certificate.read_bytes())[0]
        return int(first.not_valid_after_utc.timestamp() * 1000)


def _fresh_context() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


class TlsNetwork:
    """A network whose listeners speak TLS. The handshake happens at the first use of an accepted stream."""

    def __init__(self, underlying: Network, context: ssl.SSLContext) -> None:
        self._underlying = underlying
        self._context = context

    async def dial(self, host: str, port: int) -> trio.abc.Stream:
        """Connect, in the clear: the daemon dials nobody over TLS."""
        return await self._underlying.dial(host, port)

    async def listen(self, host: str, port: int) -> list[trio.abc.Listener[trio.abc.Stream]]:
        """Listen; see `Network.listen`."""
        return [
            trio.SSLListener(listener, self._context, https_compatible=True)
            for listener in await self._underlying.listen(host, port)
        ]
