"""Answers as they are kept, by the thousand."""

import tracemalloc

import pytest

from setpoint.api import replies
from setpoint.api.known import Answers


def test_an_answer_that_is_kept_takes_little_more_memory_than_it_has_bytes() -> None:
    """Orjson gives each of its texts four KiB: 65,536 sealed rates took a third of a gigabyte."""
    contents = [{"run": "resnet50", "epoch": epoch, "lr": 0.1 / (epoch + 1)} for epoch in range(1000)]

    tracemalloc.start()
    kept = [replies.json(content) for content in contents]
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert taken / len(kept) < 2000


@pytest.mark.parametrize("most", [1, 3])
def test_no_more_answers_are_kept_than_so_many(most: int) -> None:
    answers = Answers("/v1/lr", lambda query: replies.json({"asked": query.decode()}), most)

    for epoch in range(10):
        reply = answers.lookup({"path": "/v1/lr", "query_string": b"epoch=%d" % epoch})
        assert reply is not None and reply.body == b'{"asked":"epoch=%d"}' % epoch  # noqa: PT018 - one fact

    assert len(answers._replies) == most
