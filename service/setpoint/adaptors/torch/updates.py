"""How many updates an optimizer has applied: a step that mixed precision skips is none."""

from typing import Any

from torch.optim import Optimizer


class Updates:
    """Counts them from now on."""

    def __init__(self, optimizer: Optimizer) -> None:
        self._count = 0
        optimizer.register_step_post_hook(self._stepped)

    def taken(self) -> int:
        """Those since this was asked last."""
        count, self._count = self._count, 0
        return count

    def _stepped(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        # A GradScaler does not call step() where it found infinities; but fused optimizers it calls, and has them look.
        found_inf = getattr(optimizer, "found_inf", None)
        self._count += found_inf is None or not float(found_inf)
