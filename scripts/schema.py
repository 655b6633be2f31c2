"""The JSON schema of a domain's YAML file, by which editors complete and check it."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from filters.configuration import FilterConfig


class _UntitledSchema(GenerateJsonSchema):
    """A schema without a title for every key, which would only say the key again."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
        return False


def config_schema() -> dict[str, Any]:
    """The JSON schema of a domain's YAML file, by which editors complete and check it."""
    schema = FilterConfig.model_json_schema(schema_generator=_UntitledSchema)
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        **schema,
        "title": "Interruption filters of a domain",
        "description": "How interruptions of a voice agent are filtered in one domain.",
    }
