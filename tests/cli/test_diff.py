"""`setpoint diff`: where two schedules part."""

from tests.cli.shell import run


def test_two_that_are_the_same_end_with_0() -> None:
    ended = run("diff spec.json spec.json")

    assert ended.code == 0
    assert ended.out.startswith("the same at all of 50 epochs (epochs 0 to 49)\n")


def test_two_that_differ_end_with_1_and_are_drawn_by_their_names() -> None:
    ended = run("diff step cosine --stop 10")

    assert ended.code == 1
    assert ended.out.startswith(
        "differ at 9 of 10 epochs (epochs 0 to 9)\n"
        "first at epoch 1: 0.1 and 0.0999695413509548\n"
        "most at epoch 5: 0.05 and 0.09924038765061041\n"
    )
    assert "─── step  ─── cosine\n" in ended.out


def test_json_has_the_facts_and_no_picture() -> None:
    assert run("diff step step.json --stop 10 --json").json == {
        "start": 0,
        "stop": 10,
        "stride": 1,
        "differing": 0,
        "first": None,
        "largest": None,
    }
    assert run("diff step cosine --stop 10 --json").json["first"] == {"epoch": 1, "a": 0.1, "b": 0.0999695413509548}


def test_less_than_the_tolerance_is_no_difference() -> None:
    near = '\'{"kind": "constant", "initial_lr": 0.1000000001}\''

    assert run(f"diff constant {near} --tolerance 1e-9").code == 0
    assert run(f"diff constant {near} --tolerance 1e-10").code == 1


def test_both_are_looked_at_to_the_end_of_the_longer() -> None:
    assert run("diff spec.json other.json --json").json["stop"] == 60


def test_one_may_be_standard_input() -> None:
    ended = run("diff - constant --stop 3", stdin='{"kind": "constant", "initial_lr": 0.1}')

    assert ended.code == 0
    assert "─── standard input  ─── constant\n" in ended.out


def test_two_of_one_name_are_drawn_as_a_and_b() -> None:
    assert "─── A  ─── B\n" in run("diff cosine cosine").out
