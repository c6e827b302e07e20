"""Errors, there and back; and answers that are read leniently."""

import json
import pickle
from inspect import isabstract

import pytest

from setpoint import errors
from setpoint.api import problems
from setpoint.client import answer, refusal
from setpoint.errors import Fault, MethodNotAllowed, SetpointError, Unavailable, kinds

CLASSES = [kind for kind in kinds(SetpointError) if "code" in vars(kind) and kind.__module__ == errors.__name__][1:]


def test_there_are_classes_to_send() -> None:
    assert len(CLASSES) > 35
    assert not any(isabstract(kind) for kind in CLASSES)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.code)
def test_each_class_comes_back_as_itself(kind: type[SetpointError]) -> None:
    sent = _made(kind)
    reply = problems.reply(sent)

    received = refusal.refusal(reply.status_code, {"content-type": "application/problem+json"}, bytes(reply.body))

    assert type(received) is kind
    assert received.detail == "It did not do"
    assert received.faults == sent.faults
    assert json.dumps(received.extra) == json.dumps(sent.extra)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.code)
def test_each_class_reaches_another_process_as_it_was(kind: type[SetpointError]) -> None:
    sent = _made(kind)

    received = pickle.loads(pickle.dumps(sent))

    assert type(received) is kind
    assert (str(received), received.extra, received.faults) == (str(sent), sent.extra, sent.faults)
    assert received.__notes__ == [kind.advice]


def _made(kind: type[SetpointError]) -> SetpointError:
    if kind is MethodNotAllowed:
        return MethodNotAllowed("it did not do", allow=["GET", "PUT"])
    return kind("it did not do", faults=[Fault("/epoch", "is too far")], frontier=7, attempt=2)


def test_an_unknown_code_keeps_all_that_was_said() -> None:
    problem = {"type": "/problems/too-tired", "title": "Tired", "status": 409, "detail": "Sleep.", "hours": 8}

    received = refusal.raised(problem, 409)

    assert type(received) is SetpointError
    assert received.detail == "Sleep."
    assert received.extra == problem


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_something_in_between_answers_for_now_is_unavailable(status: int) -> None:
    received = refusal.refusal(status, {"content-type": "text/html"}, b"<h1>Bad\n gateway</h1>")

    assert type(received) is Unavailable
    assert received.detail == f"the answer was {status}, and not one of Setpoint's: <h1>Bad gateway</h1>"


def test_what_something_in_between_answers_for_good_is_an_error() -> None:
    assert type(refusal.refusal(404, {}, b"")) is SetpointError


def test_a_problem_that_is_cut_short_is_an_error_all_the_same() -> None:
    assert type(refusal.refusal(409, {"content-type": "application/problem+json"}, b'{"type": "')) is SetpointError


def test_fields_of_an_answer_that_nobody_knows_are_let_be() -> None:
    found = answer.read(200, {"etag": '"1-1-1"'}, b'{"run": "r", "mood": "good"}')

    assert found == answer.Answer(200, {"run": "r", "mood": "good"}, '"1-1-1"')


def test_fields_of_a_problem_may_be_called_anything() -> None:
    problem = {"type": "/problems/not-found", "detail": "No.", "faults": 1, "self": 2, "errors": [1, {"pointer": "/a"}]}

    received = refusal.raised(problem, 404)

    assert received.extra == {"faults": 1, "self": 2}
    assert received.faults == (Fault("/a", ""),)
