"""Draws the pictures of the pages anew, where the service draws them otherwise: `python -m tests.docs.pictures`."""

import shutil
import tempfile
from pathlib import Path

from tests.docs.story import PICTURES, Terminal, read
from tests.docs.test_stories import PAGES

if __name__ == "__main__":
    for page in PAGES:
        with tempfile.TemporaryDirectory() as folder, Terminal(Path(folder)) as terminal:
            for shown in read(page):
                terminal.tells(shown)
            for picture in terminal.folder.glob("*.svg"):
                print(shutil.copy(picture, PICTURES))
