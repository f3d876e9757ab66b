"""A page that only leads on, for files: a server redirects instead."""

from __future__ import annotations

from ..editions.render import Renderer
from ..model import Frame


def moved(renderer: Renderer, site: Frame, to: str) -> bytes:
    """Leads to ``to``, a path below the site's root that ends in a slash or a file's name."""
    address = f"{site.root}{to}{site.index if to.endswith('/') or not to else ''}" or "./"
    return renderer.draw("moved.html.j2", site=site, to=address).encode()
