"""What senders may send again: idempotency keys and the answers behind them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

from rivetgen_runtime.core.queues.errors import QueueKeyTooLongError
from rivetgen_runtime.core.queues.rows import (
    RowKind,
    row_reader,
    row_writer,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rivetgen_runtime.core.queues.turn import QueueTurn
    from rivetgen_runtime.options import QueueLimits

__all__ = ["Outcome", "SendKeys", "SentMessage", "send_key"]


class Outcome(IntEnum):
    """What became of a message; the numbers are stored."""

    PENDING = 0
    COMPLETED = 1
    FAILED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """What is remembered of a message that was sent with a key.

    Attributes:
        id: The message.
        expires_at_ms: When it is forgotten.
        outcome: What became of it.
        reply: What it was completed with, as CBOR; None for nothing.
    """

    id: int
    expires_at_ms: int
    outcome: Outcome = Outcome.PENDING
    reply: bytes | None = None


def send_key(name: str, key: str, limit_bytes: int) -> bytes:
    """Row key of an idempotency key, which holds for one queue.

    Raises:
        QueueKeyTooLongError: It is too long.
    """
    encoded = key.encode("utf-8", "surrogatepass")
    if len(encoded) > limit_bytes:
        raise QueueKeyTooLongError(limit_bytes)
    return RowKind.SEND_KEY.value + name.encode() + b"\0" + encoded


class SendKeys:
    """The keys of an actor, oldest first, within the limits of number, time and bytes.

    Args:
        turn: What is changed goes into its batch.
        limits: How many, how long.
    """

    __slots__ = ("_limits", "_reply_bytes", "_sent", "_turn")

    def __init__(self, turn: QueueTurn, limits: QueueLimits) -> None:
        self._turn = turn
        self._limits = limits
        self._sent: dict[bytes, SentMessage] = {}
        self._reply_bytes = 0

    def load(self, rows: Mapping[bytes, bytes]) -> None:
        """Take over what is stored."""
        loaded = [(key, _decode(row)) for key, row in rows.items()]
        for key, sent in sorted(loaded, key=lambda entry: entry[1].id):
            self._set(key, sent)

    def find(self, key: bytes, now_ms: int) -> SentMessage | None:
        """What was sent with a key, unless that is too long ago."""
        sent = self._sent.get(key)
        return None if sent is None or sent.expires_at_ms <= now_ms else sent

    def remember(self, key: bytes, message_id: int, now_ms: int) -> None:
        """A message is sent with a key."""
        expires_at_ms = now_ms + round(self._limits.key_window_s * 1000)
        self._change(key, None)  # an expired one keeps its place otherwise
        self._change(key, SentMessage(id=message_id, expires_at_ms=expires_at_ms))
        self._forget_old(now_ms)

    def settle(
        self, key: bytes | None, message_id: int, outcome: Outcome, reply: bytes | None
    ) -> None:
        """A message has an outcome; one that is not remembered has not."""
        sent = None if key is None else self._sent.get(key)
        if key is None or sent is None or sent.id != message_id:
            return
        self._change(key, replace(sent, outcome=outcome, reply=reply))
        self._forget_large()

    def _forget_old(self, now_ms: int) -> None:
        while self._sent:
            key, oldest = next(iter(self._sent.items()))
            is_over = len(self._sent) > self._limits.kept_keys
            if not is_over and oldest.expires_at_ms > now_ms:
                return
            self._change(key, None)

    def _forget_large(self) -> None:
        while self._reply_bytes > self._limits.kept_replies_bytes:
            self._change(next(iter(self._sent)), None)

    def _change(self, key: bytes, sent: SentMessage | None) -> None:
        before = self._sent.get(key)
        if before is not None or sent is not None:
            self._turn.undo(lambda: self._set(key, before))
            self._turn.put(key, None if sent is None else _encode(sent))
            self._set(key, sent)

    def _set(self, key: bytes, sent: SentMessage | None) -> None:
        before = self._sent.get(key)
        self._reply_bytes += _reply_size(sent) - _reply_size(before)
        if sent is None:
            self._sent.pop(key, None)
        else:
            self._sent[key] = sent


def _reply_size(sent: SentMessage | None) -> int:
    return len(sent.reply) if sent is not None and sent.reply is not None else 0


def _encode(sent: SentMessage) -> bytes:
    writer = row_writer().u64(sent.id).u64(sent.expires_at_ms).uint(sent.outcome)
    return writer.optional(sent.reply, writer.data).getvalue()


def _decode(row: bytes) -> SentMessage:
    reader = row_reader(row)
    return SentMessage(
        id=reader.u64(),
        expires_at_ms=reader.u64(),
        outcome=Outcome(reader.uint()),
        reply=reader.optional(reader.data),
    )
