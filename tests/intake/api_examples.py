"""Which examples schemathesis sends: ``test_documents`` names this file."""

from typing import Any

import schemathesis


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case[Any]) -> bool:
    """Leave out wrong types in a multipart form: each of its fields arrives as text, so that -7 is the text "-7"."""
    wrong = case.meta is not None and case.meta.generation.mode.is_negative
    return not (wrong and case.media_type == "multipart/form-data")


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]) -> None:
    """A link to an operation has all the values that ``schemathesis.toml`` lists for a parameter: take the first."""
    for name, value in case.path_parameters.items():
        if isinstance(value, list):
            case.path_parameters[name] = value[0]
