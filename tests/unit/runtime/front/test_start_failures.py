"""An actor that cannot start: what ``GET /actors`` says of it."""

from __future__ import annotations

from typing import Any

import aiohttp

from core_actors import LabBase, LabContext
from fronts import running_front
from rivetgen_runtime.errors import UserError


async def test_the_reason_is_shown_until_it_starts() -> None:
    is_closed = True

    class Shop(LabBase):
        async def on_wake(self, c: LabContext) -> None:
            await super().on_wake(c)
            if is_closed:
                raise UserError("closed today", code="closed")

    creation = {"name": "lab", "key": "a", "runner_name_selector": "default"}
    content = {**creation, "datacenter": "default", "crash_policy": "sleep"}
    async with running_front([Shop]) as base, aiohttp.ClientSession(base) as session:

        async def shown() -> Any:
            url = "/actors?namespace=default&name=lab"
            async with session.get(url) as answer:
                return [(await answer.json())["actors"][0].get("error")]

        async with session.put("/actors?namespace=default", json=content) as answer:
            assert (answer.status, (await answer.json())["code"]) == (500, "closed")
        assert await shown() == [{"crashed": {"message": "user.closed: closed today"}}]
        is_closed = False
        url = "/gateway/lab/action/look?rvt-namespace=default&rvt-method=get&rvt-key=a"
        async with session.post(url, json={"args": [None]}) as answer:
            assert answer.status == 200
        assert await shown() == [None]
