"""5,000 schemas with mistakes: findings with places, never a traceback.

`python3 noxfile.py -s fuzz` tries ten times as many.
"""

from __future__ import annotations

import pytest

from schema_mutations import check_mutation

PART = 250


@pytest.mark.parametrize("part", range(20))
def test_schemas_with_mistakes_never_raise(part: int) -> None:
    results = [check_mutation(seed) for seed in range(part * PART, (part + 1) * PART)]
    unusable = [result for result in results if result.schema is None]
    assert len(unusable) > PART // 4
