"""A folder per edition under ``tests/golden/editions``: the frozen edition in, each rendition out.

After a wanted change: ``pytest tests/editions --update-golden``, then read the diff.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.editions import frozen
from digest.editions.message import mail
from digest.editions.render import Renderer
from digest.model import Kind

CASES = sorted((Path(__file__).parents[1] / "golden" / "editions").iterdir())
PAGE = "https://news.example.org/2023/10/13/"
RENDERER = Renderer()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_frozen_edition_is_drawn_as_before(case: Path, update_golden: bool) -> None:
    edition = frozen.loads((case / "edition.json").read_text(encoding="utf-8"))
    letter = mail(RENDERER, edition, page_url=PAGE)
    drawn = {"email.html": letter.html, "email.txt": f"Subject: {letter.subject}\n\n{letter.text}"}
    if edition.kind is Kind.REGULAR:  # the others have no page
        drawn["page.html"] = RENDERER.page(edition, root="../../../", previous="2023/10/12/")
        drawn["digest.md"] = RENDERER.markdown(edition)
    for name, text in drawn.items():
        if update_golden:
            (case / name).write_text(text, encoding="utf-8")
        assert text == (case / name).read_text(encoding="utf-8"), name


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_frozen_edition_is_frozen_to_the_same_again(case: Path) -> None:
    edition = frozen.loads((case / "edition.json").read_text(encoding="utf-8"))
    assert frozen.loads(frozen.dumps(edition)) == edition
