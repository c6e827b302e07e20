"""The checker of links finds what is broken, and nothing else."""

from pathlib import Path

import pytest

from tools.site import links


def a_site(folder: Path, body: str) -> Path:
    """Two pages: `body`, and one with the anchor `there`."""
    (folder / "more").mkdir()
    (folder / "index.html").write_text(f"<html><h1 id='top'>Page</h1>{body}</html>", encoding="utf-8")
    (folder / "more/other.html").write_text("<h1 id='there'>Other</h1><a href='../index.html#top'>up</a>", "utf-8")
    (folder / "curve.svg").touch()
    return folder


@pytest.mark.parametrize(
    "body",
    [
        "<a href='more/other.html#there'>there</a>",
        "<a href='#top'>up</a>",
        "<a href='more/../curve.svg'>curve</a>",
        "<img src='curve.svg'>",
        "<a href='https://example.org/anything'>elsewhere</a>",
        "<a href='.'>this folder</a>",
    ],
)
def test_a_link_that_leads_somewhere_is_let_be(body: str, tmp_path: Path) -> None:
    assert list(links.broken(a_site(tmp_path, body))) == []


@pytest.mark.parametrize(
    "body",
    [
        "<a href='more/none.html'>none</a>",
        "<a href='more/other.html#nowhere'>no such anchor</a>",
        "<a href='#nowhere'>no such anchor here</a>",
        "<img src='none.svg'>",
        "<a href='../../etc/passwd'>outside</a>",
        "<img src='https://example.org/x.png'>",
        "<script src='//example.org/x.js'></script>",
        "<link rel='stylesheet' href='https://example.org/fonts.css'>",
    ],
)
def test_a_link_that_leads_nowhere_and_a_load_from_elsewhere_are_told(body: str, tmp_path: Path) -> None:
    (told,) = links.broken(a_site(tmp_path, body))

    assert told.startswith("index.html: ")
