"""The policies as people write them, told apart by `variant`; without one it is torch's."""

from typing import Annotated, Any

from pydantic import Discriminator, Tag

from setpoint.plateau.greedy import Greedy
from setpoint.plateau.variants import KerasPlateau, OptaxPlateau, PaddlePlateau, TorchPlateau


def _variant(policy: Any) -> str | None:
    stated = policy.get("variant", "torch") if hasattr(policy, "get") else None
    variant = stated or getattr(policy, "variant", None)
    return variant if isinstance(variant, str) else None


PlateauSpec = Annotated[
    Annotated[TorchPlateau, Tag("torch")]
    | Annotated[KerasPlateau, Tag("keras")]
    | Annotated[PaddlePlateau, Tag("paddle")]
    | Annotated[OptaxPlateau, Tag("optax")]
    | Annotated[Greedy, Tag("greedy")],
    Discriminator(
        _variant,
        custom_error_type="variant",
        custom_error_message="needs a variant: torch, keras, paddle, optax or greedy",
    ),
]
"""Any policy. Runs take those whose `simulated_only` is false: all but `greedy`."""
