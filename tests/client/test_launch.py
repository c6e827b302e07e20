"""Which rank of which launch a process is, as launchers tell it."""

import pytest

from setpoint.client.launch import is_alone, launch_key, worker_name

SLURM = {"SLURM_JOB_ID": "71", "SLURM_STEP_ID": "0"}
TORCH = {"TORCHELASTIC_RUN_ID": "3f/a", "TORCHELASTIC_RESTART_COUNT": "2"}


@pytest.mark.parametrize(
    ("environ", "key"),
    [
        ({}, None),
        (SLURM, "slurm-71-0-0"),
        ({**SLURM, "SLURM_RESTART_COUNT": "3"}, "slurm-71-0-3"),
        (TORCH, "torch-3f_a-2"),
        ({**SLURM, **TORCH}, "slurm-71-0-0-torch-3f_a-2"),
        ({**TORCH, "TORCHELASTIC_RUN_ID": "none"}, None),
        ({**TORCH, "GROUP_WORLD_SIZE": "1"}, "torch-3f_a-2"),
        ({**TORCH, "GROUP_WORLD_SIZE": "3"}, None),
        ({**SLURM, **TORCH, "GROUP_WORLD_SIZE": "3"}, None),
        ({**SLURM, **TORCH, "TORCHELASTIC_RUN_ID": "none"}, "slurm-71-0-0-2"),
    ],
)
def test_a_launch_has_a_key_of_its_own(environ: dict[str, str], key: str | None) -> None:
    assert launch_key(environ) == key


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"RANK": "3", "SLURM_PROCID": "9"}, "rank3"),
        ({"SLURM_PROCID": "9"}, "rank9"),
        ({"OMPI_COMM_WORLD_RANK": "12"}, "rank12"),
    ],
)
def test_a_worker_is_called_by_its_rank(environ: dict[str, str], name: str) -> None:
    assert worker_name(environ) == name


def test_without_a_rank_it_is_called_by_machine_and_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "_node 17.lab")
    monkeypatch.setattr("os.getpid", lambda: 4711)

    assert worker_name({"RANK": "first"}) == "node-17.lab-4711"


def test_a_name_is_never_too_long_or_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "x" * 300)

    assert len(worker_name({})) == 128


def test_other_ranks_are_known_of_by_their_number() -> None:
    assert is_alone({})
    assert is_alone({"WORLD_SIZE": "1"})
    assert not is_alone({"WORLD_SIZE": "4"})
    assert not is_alone({"SLURM_NTASKS": "2"})
