"""`RemoteLR` in checkpoints: what is saved, and where a training goes on."""

import pytest

from setpoint import InvalidRequest, Run, RunExistsDiffers, RunFinished, StaleAttempt
from setpoint.testing import Service
from tests.frameworks.adaptors.remote import EXPECTED, STEP, joined, saved, shown
from tests.frameworks.adaptors.small import lr, model, sgd, train, update


def test_its_state_is_small_and_of_primitives(served: Service) -> None:
    module = model()
    optimizer = sgd(module)
    scheduler = joined(served.url, "state", optimizer)
    train(module, optimizer, scheduler, 7)

    assert saved(scheduler.state_dict()) == {"run": "state", "attempt": 1, "last_epoch": 7}
    scheduler.close()


def test_a_training_resumes_at_its_checkpoint_in_a_new_attempt(served: Service) -> None:
    module = model()
    optimizer = sgd(module)
    first = joined(served.url, "resumed", optimizer)
    used = train(module, optimizer, first, 7)
    state = saved({"scheduler": first.state_dict(), "optimizer": optimizer.state_dict()})
    train(module, optimizer, first, 2)
    first.close()

    again = sgd(module)
    second = joined(served.url, "resumed", again)
    second.load_state_dict(state["scheduler"])
    again.load_state_dict(state["optimizer"])
    used += train(module, again, second, 8)

    assert used == EXPECTED
    assert (second.attempt, shown(served, "resumed")["attempt"]) == (2, 2)
    second.close()


def test_its_own_state_of_now_changes_nothing(served: Service) -> None:
    module = model()
    optimizer = sgd(module)
    scheduler = joined(served.url, "of-now", optimizer)
    train(module, optimizer, scheduler, 3)

    scheduler.load_state_dict(scheduler.state_dict())

    assert (scheduler.attempt, scheduler.last_epoch) == (1, 3)
    scheduler.close()


def test_an_attempt_that_was_opened_to_go_back_to_the_checkpoint_is_joined(served: Service) -> None:
    module = model()
    optimizer = sgd(module)
    first = joined(served.url, "rolled-back", optimizer)
    train(module, optimizer, first, 4)
    state = saved(first.state_dict())
    train(module, optimizer, first, 3)
    with Run.join(served.url, "rolled-back", worker="operator") as operator:
        operator.rollback(4, scale=0.1, reason="diverged")
    zombie, ended = first, None
    try:
        train(module, optimizer, zombie, 3)
    except StaleAttempt as told:
        ended = told

    second = joined(served.url, "rolled-back", optimizer)
    second.load_state_dict(state)

    assert ended is not None
    assert ended.extra == {"attempt": 2, "from_epoch": 4}
    assert second.attempt == 2
    assert train(module, optimizer, second, 3) == [0.010000000000000002, 0.005000000000000001, 0.005000000000000001]
    first.close()
    second.close()


def test_the_learning_rate_in_a_checkpoint_of_the_optimizer_does_not_count(served: Service) -> None:
    module = model()
    optimizer = sgd(module)
    scheduler = joined(served.url, "outdated", optimizer)
    outdated = optimizer.state_dict()
    train(module, optimizer, scheduler, 6)

    optimizer.load_state_dict(outdated)

    assert lr(optimizer) == 0.05
    scheduler.close()


def test_a_finished_run_lets_nobody_train_unless_a_checkpoint_is_loaded(served: Service) -> None:
    module = model()
    first = joined(served.url, "finished", sgd(module))
    state = first.state_dict()
    first.finish()

    optimizer = sgd(module)
    second = joined(served.url, "finished", optimizer)
    with pytest.raises(RunFinished):
        update(module, optimizer)
    with pytest.raises(RunFinished):
        second.step()
    second.load_state_dict({**state, "attempt": 0})

    assert train(module, optimizer, second, 6) == EXPECTED[:6]
    assert second.attempt == 2
    second.close()


def test_a_name_that_is_taken_is_refused_with_both_ways_out(served: Service) -> None:
    joined(served.url, "taken").close()

    with pytest.raises(RunExistsDiffers) as refusal:
        joined(served.url, "taken", schedule={**STEP, "gamma": 0.1})

    assert refusal.value.advice.startswith("Choose a new name, or open a new attempt")


def test_a_training_that_is_under_way_is_adopted_where_it_is(served: Service) -> None:
    optimizer = sgd(model())
    for group in optimizer.param_groups:
        group.update(initial_lr=0.1, lr=0.05)

    scheduler = joined(served.url, "adopted", optimizer, start_epoch=7)

    assert (scheduler.last_epoch, lr(optimizer)) == (7, 0.05)
    with pytest.raises(InvalidRequest, match=r"state of another scheduler; .* start_epoch=7"):
        scheduler.load_state_dict({"last_epoch": 7, "base_lrs": [0.1]})
    scheduler.close()


def test_a_checkpoint_goes_on_under_a_new_name_that_begins_there(served: Service) -> None:
    joined(served.url, "old-name").close()
    state = {"run": "old-name", "attempt": 1, "last_epoch": 7}

    scheduler = joined(served.url, "new-name", start_epoch=7)
    scheduler.load_state_dict(state)
    other = joined(served.url, "other-name")
    with pytest.raises(InvalidRequest, match="with start_epoch=7 to go on from there"):
        other.load_state_dict(state)

    assert (scheduler.attempt, scheduler.last_epoch, scheduler.get_last_lr()) == (1, 7, [0.05])
    scheduler.close()
    other.close()
