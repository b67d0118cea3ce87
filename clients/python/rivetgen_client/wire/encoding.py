"""The three encodings and how requests name them."""

from enum import StrEnum

from .errors import UnknownEncodingError

__all__ = ["Encoding"]


class Encoding(StrEnum):
    """How bodies and frames are written; the value is its name on the wire."""

    JSON = "json"
    CBOR = "cbor"
    BARE = "bare"

    @property
    def content_type(self) -> str:
        """The ``content-type`` of HTTP bodies in this encoding."""
        return _CONTENT_TYPES[self]

    @classmethod
    def named(cls, name: str) -> "Encoding":
        """The encoding with this name, as connections ask for it.

        Raises:
            UnknownEncodingError: When there is none.
        """
        try:
            return cls(name)
        except ValueError as error:
            raise UnknownEncodingError(name) from error

    @classmethod
    def of_request(cls, header: str | None) -> "Encoding":
        """The encoding an ``x-rivet-encoding`` header asks for; JSON when in doubt."""
        return _BY_NAME.get(header or "", cls.JSON)


_BY_NAME = {encoding.value: encoding for encoding in Encoding}
_CONTENT_TYPES = {
    Encoding.JSON: "application/json",
    Encoding.CBOR: "application/octet-stream",
    Encoding.BARE: "application/octet-stream",
}
