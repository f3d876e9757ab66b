"""The templates of each digest, its own or those of the file, read once a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..config import Config, Digest

if TYPE_CHECKING:
    from ..editions.render import Renderer


def folder_of(settings: Config, digest: Digest) -> Path | None:
    """Where a digest's templates are looked for before ours; None where nobody has any."""
    return digest.templates or settings.templates


class Renderers:
    """A folder with a mistake is told of the digests that use it, when they use it; the others go on."""

    def __init__(self, settings: Config) -> None:
        self._settings = settings
        self._made: dict[Path | None, Renderer] = {}

    def of(self, digest: Digest) -> Renderer:
        """Raises TemplateError."""
        folder = folder_of(self._settings, digest)
        if folder not in self._made:
            from ..editions.render import Renderer  # Jinja costs what a run without an edition need not pay

            self._made[folder] = Renderer(folder)
        return self._made[folder]
