"""Compares what is written with what was recorded.

What is deliberately written in another way is listed here with the reason.
"""

from __future__ import annotations

import json
import re

from rivetgen_client.wire.encoding import Encoding

# Found in a recorded message, these explain why it is not written again as it was.
DELIBERATE = {
    rb"\xb9\x00": "JavaScript writes maps with 16-bit lengths; here they are short",
    rb"\$ArrayBuffer": "there is one kind of bytes here, written as Uint8Array",
    rb"\xd9\x01\x03": "there is one kind of map here, written without tag 259",
    rb"\xd8\x1b": "RegExp and Error have no counterpart; their parts remain",
    rb"\xfb\x7f[\xf0\xf8]": "NaN and infinities are written in their shortest form",
    rb"\xc1\x1a\x00\x00\x00\x00": "so are small timestamps",
}
# Official servers write floats in CBOR encoding as short as possible; here they always
# have 64 bits, as JavaScript clients write them.
SHORT_FLOATS = re.compile(rb"\xf9[\x30-\x4f]|\xfa[\x4f\x53\xd3]")
# Answers that the engine made itself list their fields in another order.
HOST_ERROR = re.compile(
    rb'\{"group":"(api|guard|envoy|core|namespace|actor|datacenter)"'
)


def is_deliberate(recorded: bytes, encoding: Encoding) -> bool:
    """Whether there is a listed reason for which the bytes may differ."""
    if any(re.search(marker, recorded) for marker in DELIBERATE):
        return True
    if HOST_ERROR.match(recorded):
        return True
    return encoding is Encoding.CBOR and bool(SHORT_FLOATS.search(recorded))


def assert_same(recorded: bytes, written: bytes, encoding: Encoding) -> None:
    """Assert that bytes are equal, but for a listed reason."""
    if written != recorded and encoding is Encoding.JSON and b": " in recorded:
        # A test driver in Python wrote this one, with spaces.
        assert json.loads(written) == json.loads(recorded)
    elif written != recorded:
        assert is_deliberate(recorded, encoding)
