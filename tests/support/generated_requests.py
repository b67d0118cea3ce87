"""Requests that schemathesis makes up from ``openapi.json``, sent to a server."""

from __future__ import annotations

import asyncio
import importlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
from hypothesis import HealthCheck, Phase, given, seed, settings

from fronts import running_front
from inspected_actors import CREATION, Stateless, Worker, read_inspector_token
from wire_contract import contract, is_raw

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEOUT_S = 20

# Types of what it makes up depend on the document.
schemathesis: Any = importlib.import_module("schemathesis")


@dataclass
class Findings:
    """What went wrong.

    Attributes:
        requests: How many were sent.
        failures: Answers that no client should get, as sentences.
    """

    requests: int = 0
    failures: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to send.

    Attributes:
        base_url: The server.
        actor_id: An actor that exists; most requests are about it.
        headers: Sent with every request.
        examples: Requests per operation.
        seed: Makes the same requests again.
    """

    base_url: str
    actor_id: str
    headers: dict[str, str]
    examples: int
    seed: int = 1


def operations() -> Iterator[Any]:
    """Yield the operations of the contract, those that end the actor last."""
    schema = schemathesis.openapi.from_dict(contract())
    found = [result.ok() for result in schema.get_all_operations()]
    yield from sorted(found, key=lambda operation: operation.method == "delete")


async def fuzz(examples: int, seed: int) -> Findings:
    """Send requests to every operation of a server in this process."""
    async with (
        running_front([Worker, Stateless]) as base,
        aiohttp.ClientSession() as session,
    ):
        url = f"{base}/actors?namespace=default"
        async with session.put(url, json=CREATION) as response:
            actor_id = (await response.json())["actor"]["actor_id"]
        _, token = await read_inspector_token(session, base, actor_id)
        plan = Plan(
            base_url=base,
            actor_id=actor_id,
            headers={"authorization": f"Bearer {token}"},
            examples=examples,
            seed=seed,
        )
        return await send_all(plan)


async def send_all(plan: Plan) -> Findings:
    """Send requests to every operation; the server goes on meanwhile."""
    findings = Findings()
    for operation in operations():
        await asyncio.to_thread(_send, operation, plan, findings)
    return findings


def _send(operation: Any, plan: Plan, findings: Findings) -> None:
    @seed(plan.seed)
    @settings(
        max_examples=plan.examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[
            HealthCheck.data_too_large,
            HealthCheck.filter_too_much,
            HealthCheck.large_base_example,
            HealthCheck.too_slow,
        ],
    )
    @given(case=operation.as_strategy())
    def run(case: Any) -> None:
        findings.requests += 1
        if "actor" in case.path_parameters and findings.requests % 4:
            case.path_parameters["actor"] = plan.actor_id
        response = case.call(
            base_url=plan.base_url, headers=plan.headers, timeout=TIMEOUT_S
        )
        described = operation.definition.raw
        is_described = (
            is_raw(described) or str(response.status_code) in described["responses"]
        )
        if response.status_code >= 500 or not is_described:
            target = f"{case.method} {response.request.url}"
            body = response.content[:200]
            findings.failures.append(f"{target}: {response.status_code} {body!r}")

    run()
