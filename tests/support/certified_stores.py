"""Stores whose model is certified."""

from __future__ import annotations

from dalt.core.audits import AuditPlan, Frozen, Reached, Verdict
from dalt.storage.store import Store


def certify(store: Store, sample_id: str) -> None:
    """Let an audit of one sample hold at once."""
    content = {"thresholds": [0.1 + 0.2], "classes": ["cat", "dog"], "multi": False}
    plan = AuditPlan(0.1, 0.9, (Frozen(sample_id, "cat", 0.9, 1),), content)
    store.audits.begin(plan, lambda spent: 0.01, lambda n, alpha: 1)
    store.audits.settle(
        lambda audit, checked: Verdict((Reached(1, checked(1), 1, 0.01),), 1, 1, "held"),
        lambda label: label,
    )
