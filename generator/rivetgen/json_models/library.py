"""datamodel-code-generator, called as a library."""

from __future__ import annotations

import json
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any

from rivetgen.json_models.problems import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from datamodel_code_generator.config import GenerateConfig

    from rivetgen_schema.ir import JsonValue

ROOT = "RivetgenRoot"
"""Name of the class that stands for the whole schema."""


def generated_source(document: Mapping[str, JsonValue]) -> str:
    """Return the models of a prepared schema as Python source.

    Raises:
        ModelError: The library cannot express the schema exactly.
    """
    from datamodel_code_generator import generate  # noqa: PLC0415 - takes 0.4 s

    try:
        with warnings.catch_warnings():
            # A warning says that the models would accept something else.
            warnings.simplefilter("error")
            result: Any = generate(json.dumps(document), config=_options())
    except Exception as error:
        # Whatever goes wrong with a schema in there is something to say about it.
        message = "The schema has no exact form in Python models"
        raise ModelError(message) from error
    return str(result)


@cache
def _options() -> GenerateConfig:
    from datamodel_code_generator.config import GenerateConfig  # noqa: PLC0415
    from datamodel_code_generator.enums import (  # noqa: PLC0415
        DataModelType,
        InputFileType,
    )
    from datamodel_code_generator.format import PythonVersion  # noqa: PLC0415
    from datamodel_code_generator.parser import LiteralType  # noqa: PLC0415

    return GenerateConfig(
        input_file_type=InputFileType.JsonSchema,
        output_model_type=DataModelType.PydanticV2BaseModel,
        target_python_version=PythonVersion.PY_311,
        class_name=ROOT,
        allow_remote_refs=False,
        custom_file_header="#",
        check_pattern_maps_strictly=True,
        enum_field_as_literal=LiteralType.All,
        field_constraints=True,
        formatters=[],
        intersect_allof_keywords=True,
        read_const_beside_enum=True,
        strict_nullable=True,
        use_annotated=True,
        use_site_models_for_constrained_refs=True,
        use_missing_sentinel=True,
        use_schema_description=True,
        use_standard_collections=True,
        use_typed_map_values_beside_other_types=True,
        use_typed_nullable_map_values=True,
        use_union_operator=True,
    )
