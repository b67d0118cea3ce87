"""Generate ``rivetgen_client/wire/models.py`` from ``openapi.json`` at the root.

Run it after every change of ``openapi.json``::

    python clients/python/regenerate_models.py           # write the file
    python clients/python/regenerate_models.py --check   # exit 1 when it is not current

The result depends on nothing but the document and the version of
datamodel-code-generator, which is pinned in the root ``pyproject.toml``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "openapi.json"
MODELS = HERE / "rivetgen_client" / "wire" / "models.py"

HEADER = '''\
"""Bodies of the HTTP routes: generated from openapi.json, do not edit.

Regenerate with ``python clients/python/regenerate_models.py``.
"""
'''

OPTIONS = (
    *("--input-file-type", "openapi", "--openapi-scopes", "schemas"),
    *("--output-model-type", "pydantic_v2.BaseModel"),
    *("--target-python-version", "3.11", "--use-annotated", "--use-union-operator"),
    *("--strict-types", "str", "int", "bool"),  # "5" is not an int
    *("--enum-field-as-literal", "all", "--collapse-root-models"),  # enums: gateway.py
    *("--snake-case-field", "--allow-population-by-field-name"),
    *("--strict-nullable", "--keep-model-order"),
    *("--use-schema-description", "--use-field-description"),
    *("--formatters", "builtin", "--use-double-quotes", "--disable-timestamp"),
    *("--custom-file-header", HEADER),
)


def generate() -> str:
    """The models of the document as Python source."""
    command = [sys.executable, "-m", "datamodel_code_generator", *OPTIONS]
    finished = subprocess.run(  # noqa: S603 - our own interpreter and arguments
        [*command, "--input", str(DOCUMENT)],
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    return finished.stdout


def main() -> int:
    """Write the file, or compare it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    is_check = parser.parse_args().check
    source = generate()
    if MODELS.exists() and MODELS.read_text(encoding="utf-8") == source:
        return 0
    if is_check:
        sys.stderr.write(f"{MODELS.name} is not current; run {Path(__file__).name}\n")
        return 1
    MODELS.write_text(source, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
