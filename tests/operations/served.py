"""What a service tells Prometheus."""

import re

import httpx
from prometheus_client.parser import text_string_to_metric_families

NAMES = {
    "setpoint_http_requests_total": {"route", "method", "code"},
    "setpoint_http_request_duration_seconds": {"route", "method", "code"},
    "setpoint_seals_total": set[str](),
    "setpoint_commit_seconds": set[str](),
    "setpoint_commit_group_size": set[str](),
    "setpoint_changes_total": {"op"},
    "setpoint_change_wait_epochs": set[str](),
    "setpoint_watchers": set[str](),
    "setpoint_watchers_dropped_total": {"reason"},
    "setpoint_storage_errors_total": {"kind"},
    "setpoint_history_diverged_total": set[str](),
    "setpoint_auth_failures_total": set[str](),
    "setpoint_incarnation": set[str](),
    "setpoint_build_info": {"version", "python"},
    "setpoint_durability_info": {"level"},
}
"""Every name that is promised, and its labels: never one per run."""
_OF_A_HISTOGRAM = re.compile(r"_(bucket|count|sum)$")


class Samples(dict[tuple[str, tuple[tuple[str, str], ...]], float]):
    """The value of each sample, by its name and its labels."""

    def of(self, name: str) -> float:
        """The sum over all labels; of a histogram how often it was observed."""
        return sum(value for (found, _), value in self.items() if found in (name, f"{name}_count"))

    def labelled(self, name: str, **labels: str) -> float:
        return self.get((name, tuple(sorted(labels.items()))), 0.0)

    @property
    def names(self) -> dict[str, set[str]]:
        """The labels that came under each name, without those that a histogram has."""
        names: dict[str, set[str]] = {}
        for name, labels in self:
            names.setdefault(_OF_A_HISTOGRAM.sub("", name), set()).update({label for label, _ in labels} - {"le"})
        return names


def samples(text: str) -> Samples:
    found = Samples()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name, tuple(sorted(sample.labels.items()))] = sample.value
    return found


def scraped(http: httpx.Client, **headers: str) -> Samples:
    answer = http.get("/metrics", headers=headers)
    assert answer.status_code == 200
    return samples(answer.text)
