"""Damage of a stored file is noticed: a wrong value is never returned.

``DAMAGES`` tries more than usual, ``DAMAGES_FIRST_SEED`` others.
"""

from __future__ import annotations

import os
from collections import Counter
from random import Random
from typing import TYPE_CHECKING

import pytest

from rivetgen_runtime.core.ports import Area, Batch, PutRecord, PutValue, RecordQuery
from rivetgen_runtime.errors import StorageError
from rivetgen_runtime.storage.errors import DataDirectoryError
from rivetgen_runtime.storage.opening import DATABASE_NAME
from rivetgen_runtime.storage.sqlite import SqliteStore
from stored_actors import EVERY_AREA, actor_record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rivetgen_runtime.core.ports import ActorRecord

DAMAGES = int(os.environ.get("DAMAGES", "30"))
FIRST_SEED = int(os.environ.get("DAMAGES_FIRST_SEED", "0"))
ACTORS = 40


def values_of(number: int) -> Mapping[tuple[Area, bytes], bytes]:
    random = Random(number)
    keys = [(Area.STATE, b""), *((Area.KV, b"key %d" % count) for count in range(4))]
    return {key: random.randbytes(random.choice((20, 400, 6_000))) for key in keys}


async def stored(folder: Path) -> bytes:
    """The database file of a store that was closed in good order."""
    store = await SqliteStore.open(folder)
    for number in range(ACTORS):
        record = actor_record(number)
        values = [
            PutValue(record.actor_id, area, key, value)
            for (area, key), value in values_of(number).items()
        ]
        await store.commit(Batch((PutRecord(record), *values)))
    await store.close()
    return (folder / DATABASE_NAME).read_bytes()


def damaged(content: bytes, random: Random) -> bytes:
    """Flip a bit, overwrite a sector, or cut the end off."""
    place = random.randrange(len(content))
    match random.choice(("bit", "bit", "sector", "cut")):
        case "bit":
            flipped = bytes([content[place] ^ 1 << random.randrange(8)])
            return content[:place] + flipped + content[place + 1 :]
        case "sector":
            start = place - place % 512
            return content[:start] + random.randbytes(512) + content[start + 512 :]
        case _:
            return content[:place]


async def found(folder: Path, *, was_clean: bool) -> str:
    """Open a store and read everything.

    Returns:
        When the damage was noticed; "never" when everything was right.
    """
    if not was_clean:
        (folder / f"{DATABASE_NAME}-wal").touch()
    try:
        store = await SqliteStore.open(folder)
    except DataDirectoryError:
        return "at the start"
    try:
        noticed = [await is_noticed(store, number) for number in range(ACTORS)]
        noticed.append(await is_noticed_in_listing(store))
    finally:
        await store.close()
    return "when it was read" if any(noticed) else "never"


async def is_noticed(store: SqliteStore, number: int) -> bool:
    expected = actor_record(number)
    try:
        record: ActorRecord | None = await store.record(expected.actor_id)
        values = await store.values(expected.actor_id, EVERY_AREA)
    except StorageError:
        return True
    assert record == expected, "a wrong record was returned"
    assert values == values_of(number), "wrong values were returned"
    return False


async def is_noticed_in_listing(store: SqliteStore) -> bool:
    try:
        page = await store.records(RecordQuery(namespace="default"))
    except StorageError:
        return True
    expected = [actor_record(number) for number in reversed(range(ACTORS))]
    assert list(page.records) == expected, "a wrong listing was returned"
    return False


@pytest.mark.parametrize("was_clean", [False, True])
async def test_no_damage_leads_to_a_wrong_value(
    tmp_path: Path, *, was_clean: bool
) -> None:
    content = await stored(tmp_path)
    outcomes: Counter[str] = Counter()
    for seed in range(FIRST_SEED, FIRST_SEED + DAMAGES):
        folder = tmp_path / str(seed)
        folder.mkdir()
        (folder / DATABASE_NAME).write_bytes(damaged(content, Random(seed)))
        try:
            outcomes[await found(folder, was_clean=was_clean)] += 1
        except Exception as error:
            error.add_note(f"DAMAGES_FIRST_SEED={seed} DAMAGES=1 pytest {__file__}")
            raise
    print(f"{DAMAGES} damaged files, noticed {dict(outcomes)}")
    assert outcomes["at the start"] + outcomes["when it was read"] > DAMAGES / 3
