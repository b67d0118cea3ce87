"""The command line, as processes that are started and signalled."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path

import aiohttp
import pytest

from rivetgen_runtime.main import parse_arguments
from rivetgen_runtime.serving import DEFAULT_SERVE_OPTIONS
from server_process import call, gateway_url, running_process, start_server

# Options


def test_without_options_the_defaults_of_the_protocol_count() -> None:
    parsed = parse_arguments([], {})
    assert (parsed.host, parsed.port) == ("127.0.0.1", 6420)
    assert parsed.data == DEFAULT_SERVE_OPTIONS.data


def test_the_environment_replaces_defaults_and_options_replace_both() -> None:
    environment = {
        "RIVETGEN_HOST": "127.0.0.2",
        "RIVETGEN_PORT": "7000",
        "RIVETGEN_DATA": "from-environment",
    }
    parsed = parse_arguments(["--port", "0"], environment)
    assert (parsed.host, parsed.port) == ("127.0.0.2", 0)
    assert parsed.data == Path("from-environment")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "x"],
        ["--port", "-1"],
        ["--port", "65536"],
        ["--port", "1e3"],
        ["--grace-period", "-1"],
        ["--grace-period", "soon"],
        ["--grace-period", "nan"],
        ["--log-level", "loud"],
        ["--rate-limit", "many"],
        ["--proxies", "-1"],
        ["stray"],
    ],
    ids=" ".join,
)
def test_a_wrong_option_is_explained_with_exit_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_arguments(arguments, {})
    assert ended.value.code == 2
    assert arguments[-1] in capsys.readouterr().err


def test_a_wrong_port_in_the_environment_is_explained_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        parse_arguments([], {"RIVETGEN_PORT": "many"})
    assert "'many' is not a port" in capsys.readouterr().err


# Starting


async def test_the_first_line_says_where_it_listens(tmp_path: Path) -> None:
    async with (
        running_process(tmp_path) as server,
        aiohttp.ClientSession() as session,
        session.get(f"{server.endpoint}/health") as response,
    ):
        assert (await response.json())["status"] == "ok"


async def refusal(*arguments: str) -> tuple[int | None, str]:
    process = await start_server(*arguments)
    _, errors = await process.communicate()
    return process.returncode, errors.decode()


async def test_an_address_for_everyone_needs_a_token(tmp_path: Path) -> None:
    code, errors = await refusal("--host", "0.0.0.0", "--data", str(tmp_path))  # noqa: S104
    assert code == 1
    assert errors.startswith(
        "rivetgen: error: 0.0.0.0 can be reached by other machines"
    )


async def test_a_data_directory_in_use_is_refused(tmp_path: Path) -> None:
    async with running_process(tmp_path):
        code, errors = await refusal("--port", "0", "--data", str(tmp_path))
    assert code == 1
    assert "in use by another process" in errors
    assert "Traceback" not in errors


async def test_a_port_in_use_is_refused(tmp_path: Path) -> None:
    async with running_process(tmp_path / "one") as server:
        port = server.endpoint.rpartition(":")[2]
        code, errors = await refusal("--port", port, "--data", str(tmp_path / "two"))
    assert code == 1
    assert f"Cannot listen on 127.0.0.1:{port}: address already in use." in errors
    assert "Traceback" not in errors


# Stopping


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=str)
async def test_a_signal_ends_an_idle_server_at_once(
    tmp_path: Path, number: signal.Signals
) -> None:
    async with running_process(tmp_path) as server:
        began_s = time.monotonic()
        server.process.send_signal(number)
        assert await server.wait() == 0
    assert time.monotonic() - began_s < 1.5


async def test_a_running_action_is_answered_before_the_end(tmp_path: Path) -> None:
    async with running_process(tmp_path) as server, aiohttp.ClientSession() as session:
        url = gateway_url(server.endpoint, "lab", "a", "action/look")
        calling = asyncio.create_task(call(session, url, 0.6))
        await asyncio.sleep(0.3)
        server.process.terminate()
        assert await calling == (200, {"output": "done"})
        assert await server.wait() == 0


async def test_an_action_that_does_not_end_is_cut_after_the_grace_period(
    tmp_path: Path,
) -> None:
    async with (
        running_process(tmp_path, "--grace-period", "0.5") as server,
        aiohttp.ClientSession() as session,
    ):
        url = gateway_url(server.endpoint, "lab", "a", "action/look")
        calling = asyncio.create_task(call(session, url, 60))
        await asyncio.sleep(0.3)
        began_s = time.monotonic()
        server.process.terminate()
        assert await server.wait() == 0
        assert time.monotonic() - began_s < 1.5
        await asyncio.gather(calling, return_exceptions=True)


async def test_a_second_signal_ends_the_server_at_once(tmp_path: Path) -> None:
    async with running_process(tmp_path) as server, aiohttp.ClientSession() as session:
        url = gateway_url(server.endpoint, "lab", "a", "action/look")
        calling = asyncio.create_task(call(session, url, 60))
        await asyncio.sleep(0.3)
        server.process.terminate()
        await asyncio.sleep(0.3)
        server.process.terminate()
        assert await server.wait() == -signal.SIGTERM
        await asyncio.gather(calling, return_exceptions=True)


async def test_what_was_answered_is_there_after_a_restart(tmp_path: Path) -> None:
    for expected in (1, 2):
        async with (
            running_process(tmp_path) as server,
            aiohttp.ClientSession() as session,
        ):
            url = gateway_url(server.endpoint, "counter", "a", "action/increment")
            assert await call(session, url, 1) == (200, {"output": expected})
            server.process.terminate()
            assert await server.wait() == 0


# A store that fails


async def test_a_failed_store_refuses_changes_and_shows_in_health_and_exit_code(
    tmp_path: Path,
) -> None:
    limit = str(6 << 20)
    async with (
        running_process(tmp_path, before=("--file-bytes", limit)) as server,
        aiohttp.ClientSession() as session,
    ):
        work = gateway_url(server.endpoint, "lab", "a", "action/work")
        assert await call(session, work, 10) == (200, {"output": 10})
        status, body = await call(session, work, 8 << 20)
        assert (status, body["code"]) == (503, "storage_failed")
        status, body = await call(session, work, 10)
        assert (status, body["code"]) == (503, "storage_failed")
        async with session.get(f"{server.endpoint}/health") as response:
            assert response.status == 503
            assert (await response.json())["status"] == "storage_failed"
        server.process.terminate()
        assert await server.wait() == 74
