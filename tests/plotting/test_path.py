from math import cos, sin

from setpoint.plotting import path


def test_a_step_is_horizontal_then_vertical() -> None:
    d = path.step([(0, 10), (5, 20), (9, 20), (12, 5.125)])

    assert d == "M0 10H5V20H12V5.12H12"


def test_a_line_keeps_the_ends_of_a_level_stretch_only() -> None:
    d = path.line([(0, 1), (1, 1), (2, 1), (3, 4)])

    assert d == "M0 1L2 1L3 4"


def test_pixels_have_two_decimals_at_most() -> None:
    written = [path.pixels(v) for v in (12.0, 0.5, 3.14159, -0.001, 100)]

    assert written == ["12", "0.5", "3.14", "0", "100"]


def test_points_half_a_pixel_apart_are_all_kept() -> None:
    points = [(x / 2, float(x * x % 7)) for x in range(100)]

    assert path.thin(points) == points


def test_thinning_keeps_the_peak_the_first_and_the_last_point() -> None:
    points = [(x / 100, 50 + sin(x)) for x in range(1000)]
    points[333] = (3.33, 0.0)
    points[777] = (7.77, 100.0)

    kept = path.thin(points)

    assert len(kept) < 100
    assert {points[0], points[333], points[777], points[-1]} <= set(kept)
    assert kept == sorted(kept)


def test_thinning_loses_less_than_a_quarter_pixel_of_any_column() -> None:
    points = [(x / 100, 100 * cos(x / 3000) + sin(x)) for x in range(10_000)]

    kept = path.thin(points)

    assert len(kept) < 900
    for column in range(200):
        there = [y for x, y in points if x // 0.5 == column]
        left = [y for x, y in kept if x // 0.5 == column]
        assert min(left) - min(there) < 0.25
        assert max(there) - max(left) < 0.25


def test_no_points_stay_no_points() -> None:
    assert path.thin([]) == []
