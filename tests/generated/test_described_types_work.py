"""Generated models of JSON Schema types travel between a client and a server."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from described_actors import registry
from described_client import (
    DescribedClient,
    Filter,
    FilterAddress,
    FilterEither,
    FilterTree,
    Plan,
    Step1,
    Step2,
)
from rivetgen_client import ActorError, Encoding
from rivetgen_client.types import MISSING
from rivetgen_runtime import ServeOptions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

MOMENT = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


@pytest.fixture(params=[Encoding.JSON, Encoding.CBOR, Encoding.BARE])
async def client(
    tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[DescribedClient]:
    options = ServeOptions(port=0, data=tmp_path)
    async with (
        registry.serving(options) as running,
        DescribedClient(running.endpoint, encoding=request.param) as client,
    ):
        yield client


def full_filter() -> Filter:
    return Filter(
        text='a"',
        op='a "b" \\',
        limit=7,
        first_name=None,
        at=MOMENT,
        either=uuid.UUID(int=5),
        address=FilterAddress(street="Main", zip="1"),
        tree=FilterTree(children=[FilterTree(children=[]), FilterTree()]),
        tags=["a", "b"],
        counts={"a": 1},
        anything={"x": [1, None]},
    )


async def test_a_full_value_survives_the_way_there_and_back(
    client: DescribedClient,
) -> None:
    finder = client.finder.get_or_create(name="a")
    returned = await finder.echo(full_filter())
    assert returned == full_filter()
    assert returned.either == uuid.UUID(int=5)


async def test_absent_fields_stay_absent_and_defaults_have_their_types(
    client: DescribedClient,
) -> None:
    finder = client.finder.get_or_create(name="b", first=Filter(text="b", op=None))
    returned = await finder.echo(Filter(text="a", op=3, either=FilterEither(a=1)))
    assert returned.first_name is MISSING
    assert returned.date == dt.date(2026, 1, 2)
    assert returned.list == ["a"]
    assert returned.home == FilterAddress(street="Main")
    assert returned.either == FilterEither(a=1)


async def test_aliases_and_choices_are_checked_on_both_sides(
    client: DescribedClient,
) -> None:
    finder = client.finder.get_or_create(name="c")
    wait = Step2(kind="wait", until=dt.time(3, 4))
    assert await finder.price("1.50", wait) == "1.50"
    assert await finder.inline(None) == [Step1(kind="walk", metres=0)]
    plan = Plan(steps=[wait, Step1(kind="walk", metres=2)], price="0.10")
    assert await finder.plan(plan) == plan
    for wrong in ("1.5", "x"):
        with pytest.raises((ActorError, ValidationError)):
            await finder.price(wrong, wait)


async def test_events_carry_described_types(client: DescribedClient) -> None:
    finder = client.finder.get_or_create(name="d")
    async with finder.connect() as connection:
        found = connection.events.found.listen()
        await connection.echo(full_filter())
        assert await anext(found) == full_filter()


def test_wire_names_are_those_of_the_schema() -> None:
    dumped = full_filter().model_dump(by_alias=True)
    assert dumped["first-name"] is None
    assert dumped["class"] == "x"
    assert "firstName" not in dumped


@pytest.mark.parametrize(
    "wrong",
    [{"text": "a"}, {"text": "", "op": "eq"}, {"text": "a", "op": "eq", "other": 1}],
)
def test_what_the_schema_refuses_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Filter.model_validate(wrong)
