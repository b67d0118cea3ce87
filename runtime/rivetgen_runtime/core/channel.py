"""A connection inside one host: actors write into a sink, callers read a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rivetgen_client.wire.codec import Encoding, codec_for
from rivetgen_client.wire.messages import ToClient
from rivetgen_runtime.core.ports import ConnectionPort
from rivetgen_runtime.core.unread import UnreadReader, UnreadSink

if TYPE_CHECKING:
    from rivetgen_client.wire.messages import ToServer

__all__ = ["InProcessChannel", "InProcessSink"]

_CODEC: Final = codec_for(Encoding.BARE)


class InProcessSink(UnreadSink[ConnectionPort, ToClient]):
    """The actor's end."""

    def _carried(self, message: ToClient) -> ToClient:
        return _CODEC.decode_to_client(_CODEC.encode_to_client(message))

    def _detach(self, port: ConnectionPort, code: int, reason: str) -> None:  # noqa: ARG002
        port.detach()


class InProcessChannel(UnreadReader[ConnectionPort, ToClient]):
    """The caller's end; implements ``rivetgen_client.transport.Channel``."""

    async def send(self, message: ToServer, /) -> None:
        """Send one message.

        Raises:
            ChannelClosedError: The channel has ended.
        """
        port = self._port
        port.receive(_CODEC.decode_to_server(_CODEC.encode_to_server(message)))
        await port.accepting()
