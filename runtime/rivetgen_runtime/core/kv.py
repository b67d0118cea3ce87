"""``c.kv``: keys and values of one actor, committed together with its state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, overload

from rivetgen_runtime.core.kv_values import (
    KvData,
    StoredValue,
    check_batch,
    encode_key,
    encode_value,
    prefix_range,
    to_bytes,
    to_text,
)
from rivetgen_runtime.core.ports import KeyRange
from rivetgen_runtime.core.value_changes import ValueChanges
from rivetgen_runtime.errors import ActorStoppingError, KvReadOnlyError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.options import KvLimits

__all__ = ["Kv", "KvData", "KvType"]

KvType: TypeAlias = Literal["text", "binary"]
"""How keys and values are read: UTF-8 text as ``str``, or ``bytes``."""

Texts: TypeAlias = list[tuple[str, str]]
TextsByBytes: TypeAlias = list[tuple[bytes, str]]
BytesByText: TypeAlias = list[tuple[str, bytes]]
Bytes: TypeAlias = list[tuple[bytes, bytes]]
Entries: TypeAlias = Texts | TextsByBytes | BytesByText | Bytes


class Kv:
    """Keys and values that an actor keeps besides its state.

    Keys are in the order of their bytes. Reads see what was written before them, and
    come from the store: only what is asked for is loaded. Writes become durable with
    the turn, in the same commit as the state; limits are those of ``KvLimits``.

    Text and bytes share one space of keys: ``"a"`` and ``b"a"`` are the same key.

    Args:
        activation: Whose KV it is.
        is_read_only: Whether the call declares to change nothing.
    """

    __slots__ = ("_activation", "_is_read_only")

    def __init__(self, activation: Activation, *, is_read_only: bool) -> None:
        self._activation = activation
        self._is_read_only = is_read_only

    # Reading

    @overload
    async def get(self, key: KvData, *, type: Literal["text"] = ...) -> str | None: ...
    @overload
    async def get(self, key: KvData, *, type: Literal["binary"]) -> bytes | None: ...
    async def get(
        self,
        key: KvData,
        *,
        type: KvType = "text",  # noqa: A002 - the official name
    ) -> str | bytes | None:
        """The value of a key; None when there is none.

        Raises:
            KvKeyTooLargeError: No key is that long.
            KvNotTextError: The value is not UTF-8 and ``type`` is ``"text"``.
        """
        encoded = encode_key(key, self._limits)
        found = await self._look_up([encoded])
        if encoded not in found:
            return None
        return _read_as(type, found[encoded], "value")

    async def batch_get(self, keys: Iterable[KvData]) -> list[bytes | None]:
        """The values of several keys as of one moment, in the order of the keys.

        Raises:
            KvKeyTooLargeError: No key is that long.
            KvBatchTooLargeError: These are too many.
        """
        encoded = [encode_key(key, self._limits) for key in keys]
        check_batch([(key, b"") for key in encoded], self._limits)
        found = await self._look_up(encoded)
        return [found.get(key) for key in encoded]

    @overload
    async def list_prefix(
        self,
        prefix: KvData = ...,
        *,
        type: Literal["text"] = ...,
        key_type: Literal["text"] = ...,
        limit: int | None = ...,
        reverse: bool = ...,
    ) -> Texts: ...
    @overload
    async def list_prefix(
        self,
        prefix: KvData = ...,
        *,
        type: Literal["text"] = ...,
        key_type: Literal["binary"],
        limit: int | None = ...,
        reverse: bool = ...,
    ) -> TextsByBytes: ...
    @overload
    async def list_prefix(
        self,
        prefix: KvData = ...,
        *,
        type: Literal["binary"],
        key_type: Literal["text"] = ...,
        limit: int | None = ...,
        reverse: bool = ...,
    ) -> BytesByText: ...
    @overload
    async def list_prefix(
        self,
        prefix: KvData = ...,
        *,
        type: Literal["binary"],
        key_type: Literal["binary"],
        limit: int | None = ...,
        reverse: bool = ...,
    ) -> Bytes: ...
    async def list_prefix(
        self,
        prefix: KvData = "",
        *,
        type: KvType = "text",  # noqa: A002 - the official name
        key_type: KvType = "text",
        limit: int | None = None,
        reverse: bool = False,
    ) -> Entries:
        """Keys that begin with a prefix, whole, with their values.

        Args:
            prefix: The empty one stands for every key.
            type: How values are read.
            key_type: How keys are read.
            limit: Most entries; None for ``KvLimits.list_entries``.
            reverse: Begin with the last key.

        Raises:
            KvNotTextError: A key or value is not UTF-8 and its type is ``"text"``.
            ValueError: The limit is negative.
        """
        keys = prefix_range(to_bytes(prefix))
        found = await self._scan(keys, limit=limit, reverse=reverse)
        return _entries(found, key_type, type)

    list = list_prefix
    """Another name of ``list_prefix``, as on official servers."""

    @overload
    async def list_range(
        self,
        start: KvData,
        end: KvData,
        *,
        type: Literal["text"] = ...,
        key_type: Literal["text"] = ...,
        limit: int | None = ...,
        reverse: bool = ...,
    ) -> Texts: ...
    @overload
    async def list_range(
        self,
        start: KvData,
        end: KvData,
        *,
        type: Literal["text"] = ...,
        key_type: Literal["binary"],
        limit: int | None = ...,
        reverse: bool = ...,
    ) -> TextsByBytes: ...
    @overload
    async def list_range(
        self,
        start: KvData,
        end: KvData,
        *,
        type: Literal["binary"],
        key_type: Literal["text"] = ...,
        limit: int | None = ...,
        reverse: bool = ...,
    ) -> BytesByText: ...
    @overload
    async def list_range(
        self,
        start: KvData,
        end: KvData,
        *,
        type: Literal["binary"],
        key_type: Literal["binary"],
        limit: int | None = ...,
        reverse: bool = ...,
    ) -> Bytes: ...
    async def list_range(
        self,
        start: KvData,
        end: KvData,
        *,
        type: KvType = "text",  # noqa: A002 - the official name
        key_type: KvType = "text",
        limit: int | None = None,
        reverse: bool = False,
    ) -> Entries:
        """Keys from ``start`` on and before ``end``; otherwise as ``list_prefix``."""
        keys = KeyRange(to_bytes(start), to_bytes(end))
        found = await self._scan(keys, limit=limit, reverse=reverse)
        return _entries(found, key_type, type)

    # Writing

    async def put(self, key: KvData, value: KvData) -> None:
        """Set the value of a key.

        Raises:
            KvKeyTooLargeError: The key is too long.
            KvValueTooLargeError: The value is.
            KvReadOnlyError: The action declares to change nothing.
        """
        entry = encode_key(key, self._limits), encode_value(value, self._limits)
        self._put([entry])

    async def batch_put(self, entries: Iterable[tuple[KvData, KvData]]) -> None:
        """Set the values of several keys, or of none when one is refused.

        Raises:
            KvKeyTooLargeError: A key is too long.
            KvValueTooLargeError: A value is.
            KvBatchTooLargeError: All of them are.
            KvReadOnlyError: The action declares to change nothing.
        """
        limits = self._limits
        encoded = [
            (encode_key(key, limits), encode_value(value, limits))
            for key, value in entries
        ]
        check_batch(encoded, limits)
        self._put(encoded)

    async def delete(self, key: KvData) -> None:
        """Remove a key; removing an absent one is fine.

        Raises:
            KvKeyTooLargeError: No key is that long.
            KvReadOnlyError: The action declares to change nothing.
        """
        self._writable().delete(encode_key(key, self._limits))

    async def batch_delete(self, keys: Iterable[KvData]) -> None:
        """Remove several keys.

        Raises:
            KvKeyTooLargeError: No key is that long.
            KvBatchTooLargeError: These are too many.
            KvReadOnlyError: The action declares to change nothing.
        """
        encoded = [encode_key(key, self._limits) for key in keys]
        check_batch([(key, b"") for key in encoded], self._limits)
        changes = self._writable()
        for key in encoded:
            changes.delete(key)

    async def delete_range(self, start: KvData, end: KvData) -> None:
        """Remove every key from ``start`` on and before ``end``.

        Raises:
            KvReadOnlyError: The action declares to change nothing.
        """
        keys = KeyRange(to_bytes(start), to_bytes(end))
        changes = self._writable()
        if keys.start in keys:
            changes.clear(keys)

    # How it works

    @property
    def _limits(self) -> KvLimits:
        return self._activation.services.options.kv

    def _put(self, entries: Iterable[tuple[bytes, bytes]]) -> None:
        changes = self._writable()
        now_ms = self._activation.services.clock.now_ms()
        for key, value in entries:
            changes.put(key, StoredValue(value, now_ms).to_blob())

    def _writable(self) -> ValueChanges:
        if self._is_read_only:
            raise KvReadOnlyError
        if self._activation.turns.is_finished or self._activation.lifecycle.is_over:
            raise ActorStoppingError
        return self._activation.turns.kv

    def _unknown_to_store(self) -> ValueChanges:
        """Changes of turns that wait for a commit, and on top those of this turn."""
        turns = self._activation.turns
        changes = ValueChanges(self._activation.record.actor_id)
        changes.replay(turns.commits.staged)
        changes.replay(turns.kv.writes())
        return changes

    async def _look_up(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        store = self._activation.services.store
        found = await self._unknown_to_store().look_up(store, keys)
        return {key: StoredValue.from_blob(blob).value for key, blob in found.items()}

    async def _scan(self, keys: KeyRange, *, limit: int | None, reverse: bool) -> Bytes:
        if limit is not None and limit < 0:
            message = f"limit must not be negative: {limit}"
            raise ValueError(message)
        found = await self._unknown_to_store().scan(
            self._activation.services.store,
            keys,
            limit=self._limits.list_entries if limit is None else limit,
            reverse=reverse,
        )
        return [(key, StoredValue.from_blob(blob).value) for key, blob in found]


def _read_as(kind: KvType, stored: bytes, what: str) -> str | bytes:
    return to_text(stored, what) if kind == "text" else stored


def _entries(found: Bytes, key_type: KvType, value_type: KvType) -> Entries:
    if key_type == "text":
        keys = [to_text(key, "key") for key, _ in found]
        if value_type == "text":
            values = [to_text(value, "value") for _, value in found]
            return list(zip(keys, values, strict=True))
        return list(zip(keys, (value for _, value in found), strict=True))
    if value_type == "text":
        return [(key, to_text(value, "value")) for key, value in found]
    return found
