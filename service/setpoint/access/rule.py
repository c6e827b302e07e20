"""Which scope each operation needs. What is not said here is refused: to all, wherever tokens are asked for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from setpoint.access.scope import Scope

Need: TypeAlias = Scope | None
"""The least scope that an operation needs; None: it is for anyone."""

PUBLIC: Mapping[str, tuple[str, ...]] = {
    # Stateless: a question about a schedule that is in the question.
    "/v1/lr": ("GET", "POST"),
    "/v1/schedule": ("GET", "POST"),
    "/v1/simulations": ("POST",),
    "/v1/kinds": ("GET",),
    "/v1/imports": ("POST",),
    "/v1/exports": ("POST",),
    # Health.
    "/livez": ("GET",),
    "/readyz": ("GET",),
    # Documentation.
    "/openapi.json": ("GET",),
    "/docs": ("GET",),
    "/docs/start.js": ("GET",),
    "/docs/files/**": ("GET",),
    "/problems": ("GET",),
    "/problems/{code}": ("GET",),
    # Pages: what they show, they ask for with a session.
    "/": ("GET",),
    "/designer": ("GET",),
    "/sign-in": ("GET",),
    "/static/**": ("GET",),
    # To sign in: it looks at the secret itself.
    "/v1/session": ("POST",),
}
SCOPED: Mapping[Scope, Mapping[str, tuple[str, ...]]] = {
    Scope.READER: {
        "/metrics": ("GET",),
        "/v1/info": ("GET",),
        "/v1/events": ("GET",),
        "/v1/session": ("GET", "DELETE"),
        "/v1/links": ("POST",),
        "/v1/runs": ("GET",),
        "/v1/runs/{run}": ("GET",),
        "/v1/runs/{run}/lr": ("GET",),
        "/v1/runs/{run}/curve": ("GET",),
        "/v1/runs/{run}/plan": ("GET",),
        "/v1/runs/{run}/changes": ("GET",),
        "/v1/runs/{run}/workers": ("GET",),
        "/v1/runs/{run}/events": ("GET",),
    },
    # What a training does by itself, a relaunch and its end among it. The routes ask an operator for more than that.
    Scope.WORKER: {
        "/v1/runs/{run}": ("PUT", "PATCH"),
        "/v1/runs/{run}/lr": ("PUT",),
        "/v1/runs/{run}/workers/{worker}": ("PUT", "DELETE"),
        "/v1/runs/{run}/workers/{worker}/metrics/{epoch}": ("PUT",),
        "/v1/runs/{run}/attempts": ("POST",),
    },
    Scope.OPERATOR: {
        "/v1/runs/{run}/changes": ("POST",),
    },
    Scope.ADMIN: {
        "/v1/tokens": ("GET", "POST"),
        "/v1/tokens/{token}": ("DELETE",),
    },
}


class Place(NamedTuple):
    """An address: what each method needs there, and the run that it is about."""

    needs: Mapping[str, Need]
    run: str | None = None


NOWHERE = Place({})


@dataclass(slots=True)
class _Node:
    """The addresses that begin alike. A name in braces stands for one step, two stars for all that may follow."""

    needs: dict[str, Need] = field(default_factory=dict[str, Need])
    steps: dict[str, "_Node"] = field(default_factory=dict[str, "_Node"])
    any: "_Node | None" = None
    rest: "_Node | None" = None
    is_run: bool = False

    def at(self, step: str) -> "_Node":
        """The node after `step` of a template, made if need be."""
        if step == "**":
            self.rest = self.rest or _Node()
            return self.rest
        if step.startswith("{"):
            self.any = self.any or _Node(is_run=step == "{run}")
            return self.any
        return self.steps.setdefault(step, _Node())


def place(path: str) -> Place:
    """What is at `path`."""
    node, run = _ROOT, None
    for step in path.split("/")[1:]:
        found = node.steps.get(step) or node.any
        if found is None:
            return NOWHERE if node.rest is None else Place(node.rest.needs)
        if found.is_run:
            run = step
        node = found
    return Place(node.needs, run)


def _tree(rules: Iterable[tuple[Need, Mapping[str, tuple[str, ...]]]]) -> _Node:
    root = _Node()
    for need, addresses in rules:
        for template, methods in addresses.items():
            node = root
            for step in template.split("/")[1:]:
                node = node.at(step)
            node.needs.update(dict.fromkeys(methods, need))
    return root


_ROOT = _tree([(None, PUBLIC), *SCOPED.items()])
