"""The frame of a small page that is not one of the site's: an error, the form behind a mail's link."""

from __future__ import annotations


def small_page(heading: str, body: str, *, root: str, head: str = "") -> str:
    """One page; ``heading`` and ``body`` are HTML already, ``root`` leads to the style sheet."""
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{heading}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f'{head}<link rel="stylesheet" href="{root}style.css">\n'
        f'<link rel="icon" href="{root}favicon.svg" type="image/svg+xml">\n'
        f'</head>\n<body class="small">\n<main>\n<h1>{heading}</h1>\n{body}\n</main>\n</body>\n</html>\n'
    )
