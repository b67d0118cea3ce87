"""Registries: what a generated one inherits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

import rivetgen_runtime
from core_actors import Counter, CounterBase
from rivetgen_runtime.core.definitions import ActorDefinition
from rivetgen_runtime.errors import DefinitionError
from rivetgen_runtime.registry import Registry
from rivetgen_runtime.serving import ExposedWithoutTokenError, ServeOptions
from server_process import call, gateway_url

if TYPE_CHECKING:
    from pathlib import Path


class OtherCounter(Counter):
    """A second class for the same actor."""


class NotGenerated(rivetgen_runtime.Actor[Any]):
    """A class without a schema."""


def test_the_facade_has_it() -> None:
    assert rivetgen_runtime.Registry is Registry


def test_it_knows_its_actors_and_their_schema() -> None:
    registry = Registry([Counter], schema_digest="sha256:abc")
    assert registry.actors == (Counter,)
    assert registry.schema_digest == "sha256:abc"
    assert isinstance(registry.actors[0].definition, ActorDefinition)


def test_two_classes_for_one_actor_are_refused() -> None:
    with pytest.raises(DefinitionError, match="two classes implement"):
        Registry((Counter, OtherCounter))


def test_a_class_that_is_not_generated_is_refused() -> None:
    with pytest.raises(DefinitionError, match="not based on a generated class"):
        Registry((NotGenerated,))


async def test_it_serves_within_a_running_loop(tmp_path: Path) -> None:
    options = ServeOptions(port=0, data=tmp_path)
    async with (
        Registry((Counter,)).serving(options) as running,
        aiohttp.ClientSession() as session,
    ):
        url = gateway_url(running.endpoint, "counter", "a", "action/increment")
        assert await call(session, url, 2) == (200, {"output": 2})


def exposed(tmp_path: Path) -> ServeOptions:
    return ServeOptions(host="0.0.0.0", port=0, data=tmp_path)  # noqa: S104


def test_serve_raises_when_it_cannot_start(tmp_path: Path) -> None:
    with pytest.raises(ExposedWithoutTokenError):
        Registry((Counter,)).serve(exposed(tmp_path))


def test_main_ends_the_process_when_it_cannot_start(tmp_path: Path) -> None:
    arguments = ["--host", "0.0.0.0", "--data", str(tmp_path)]  # noqa: S104
    with pytest.raises(SystemExit) as ended:
        Registry((Counter,)).main(arguments)
    assert ended.value.code == 1


def test_a_base_class_alone_is_served_as_generated_code_allows() -> None:
    assert Registry((CounterBase,)).actors == (CounterBase,)
