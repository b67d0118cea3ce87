"""Requests, responses and headers as raw handlers see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rivetgen_runtime import Headers, Request, Response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def pieces(*chunks: Any) -> AsyncIterator[Any]:
    for chunk in chunks:
        yield chunk


def test_headers_are_found_in_any_case_and_named_in_lower_case() -> None:
    headers = Headers([("X-One", "1"), ("accept", "a"), ("Accept", "b")])
    assert headers["x-one"] == headers["X-ONE"] == "1"
    assert dict(headers) == {"x-one": "1", "accept": "a, b"}
    assert headers.get_all("ACCEPT") == ("a", "b")
    assert "Accept" in headers
    assert headers.get("missing") is None


def test_a_request_knows_its_path_and_query() -> None:
    request = Request("GET", "http://127.0.0.1/a%20b/c?x=1&y=2", Headers())
    assert (request.path, request.query) == ("/a%20b/c", "x=1&y=2")
    assert Request("GET", "http://example.org", Headers()).path == "/"


async def test_a_body_is_read_once_and_remembered() -> None:
    request = Request(
        "POST", "http://127.0.0.1/", Headers(), stream=pieces(b'{"a":', b"1}")
    )
    assert await request.json() == {"a": 1}
    assert await request.text() == '{"a":1}'
    assert await request.body() == b'{"a":1}'
    assert [chunk async for chunk in request] == []


async def test_a_body_can_be_read_in_pieces() -> None:
    request = Request("POST", "http://127.0.0.1/", Headers(), stream=pieces(b"a", b"b"))
    assert [chunk async for chunk in request] == [b"a", b"b"]
    assert await request.body() == b""


async def test_a_request_without_a_body_has_an_empty_one() -> None:
    assert await Request("GET", "http://127.0.0.1/", Headers()).body() == b""


async def test_text_and_json_say_what_they_are() -> None:
    assert Response("hé").body == "hé".encode()
    assert Response("x").headers["content-type"] == "text/plain;charset=UTF-8"
    answer = Response.json({"ä": [1]}, status=201, headers={"x-a": "1"})
    assert (answer.status, answer.body) == (201, '{"ä":[1]}'.encode())
    assert dict(answer.headers) == {"x-a": "1", "content-type": "application/json"}
    assert (
        Response.json(1, headers={"Content-Type": "a/b"}).headers["content-type"]
        == "a/b"
    )


async def test_pieces_of_text_are_encoded_and_empty_ones_left_out() -> None:
    chunks = [chunk async for chunk in Response(pieces("é", "", "b")).chunks()]
    assert chunks == ["é".encode(), b"b"]


@pytest.mark.parametrize("status", [100, 101, 199, 600])
def test_a_status_that_is_none_of_a_response_is_refused(status: int) -> None:
    with pytest.raises(ValueError, match=str(status)):
        Response(status=status)


@pytest.mark.parametrize(
    "header", [("a b", "1"), ("", "1"), ("x", "1\r\nset-cookie: a=b"), ("x", "\0")]
)
def test_a_header_that_would_break_the_response_is_refused(
    header: tuple[str, str],
) -> None:
    with pytest.raises(ValueError, match="cannot be sent"):
        Response(headers=[header])
