"""What the fields of a model mean, in the words that stand below each in its source.

Pydantic's own `use_attribute_docstrings` reads them whenever a model is made, which took a quarter of the service's
start. Here they are read when somebody asks for a model's JSON Schema.
"""

import ast
import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from types import ModuleType
from typing import Any


def described(kind: type, schema: dict[str, Any]) -> dict[str, Any]:
    """`schema`, with a description for each property that has none yet, and words below its field here or in a base."""
    for name, field in schema.get("properties", {}).items():
        words = next((found[name] for base in kind.__mro__ if name in (found := _words(base))), None)
        if words and "description" not in field:
            field["description"] = words
    return schema


def _words(kind: type) -> Mapping[str, str]:
    module = inspect.getmodule(kind)
    return {} if module is None else _classes(module).get(kind.__name__, {})


@cache
def _classes(module: ModuleType) -> Mapping[str, Mapping[str, str]]:
    """By class, by field."""
    try:
        tree = ast.parse(inspect.getsource(module))
    except (OSError, TypeError):  # no source, as for what is built in
        return {}
    return {node.name: dict(_fields(node)) for node in tree.body if isinstance(node, ast.ClassDef)}


def _fields(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, below in pairwise(node.body):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                yield name, inspect.cleandoc(words)
            case _:
                pass
