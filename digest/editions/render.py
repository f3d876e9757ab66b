"""Edition -> renditions, through Jinja: the page, the two bodies of the mail, Markdown, JSON.

Rules of this file: templates are read here and nowhere else, feed text is escaped for the format it enters,
and only the operator's own words (intro, footer, blurbs) go through Markdown. ``docs/templates.md`` names every
variable and filter a template may use.
"""

from __future__ import annotations

import difflib
import json
import re
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypedDict, Unpack

import jinja2
from markupsafe import Markup

from ..errors import TemplateError
from ..model import Edition, Frame, Kind
from . import phrases
from .cut import cut, direction, text_direction
from .notices import left_out
from .prepare import RECIPIENT_MARK, UNSUBSCRIBE_MARK, for_mail, for_page, for_text
from .public import as_json
from .wrap import paragraphs, wrap

_MISTAKES = (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, AttributeError, LookupError)
"""What a template can raise while it runs."""


def shipped_templates() -> Path:
    """The folder of our own templates: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    packed = package / "_templates"
    return packed if packed.is_dir() else package.parent / "templates"


class Shown(TypedDict, total=False):
    """What a mail knows beside its edition: the address of its page, and what the budget took from it."""

    page_url: str | None
    cut: Mapping[str, int]
    """Section name to the number of stories it lost."""
    cut_sections: int
    cut_top: int


class Renderer:
    """Renders editions with the shipped templates, or with a reader's own where ``templates`` has one of that name.

    Such a template may extend ours as ``shipped/NAME``. Raises TemplateError for a folder that is not there and
    for templates with mistakes, here where the mistake shows by reading alone, otherwise when rendering.
    """

    def __init__(self, templates: Path | None = None) -> None:
        shipped = jinja2.FileSystemLoader(shipped_templates())
        loaders: list[jinja2.BaseLoader] = [shipped, jinja2.PrefixLoader({"shipped": shipped})]
        if templates is not None:
            if not templates.is_dir():
                raise TemplateError(f"{templates}: no such folder of templates; make it, or remove `templates`")
            loaders.insert(0, jinja2.FileSystemLoader(templates))
        self._loader = jinja2.ChoiceLoader(loaders)
        self._environment = jinja2.Environment(
            loader=self._loader,
            undefined=jinja2.StrictUndefined,
            autoescape=jinja2.select_autoescape(("html.j2", "xml.j2", "html", "xml")),
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
        )
        self._environment.filters.update(FILTERS)
        self._environment.globals["weekdays"] = phrases.WEEKDAYS
        for path in sorted(templates.rglob("*.j2")) if templates else ():
            self._compile(path.relative_to(templates).as_posix() if templates else "")

    def page(self, edition: Edition, *, root: str = "", previous: str | None = None) -> str:
        """The page of an edition that stands alone, without a site around it; private reports left out.

        ``root`` leads from the page to the digest's own folder (``../../../``); ``previous`` is the path of the edition
        before, below that folder. ``pages.edition`` draws those of a site.
        """
        return self.draw(
            "page.html.j2",
            site=Frame(edition.title, edition.language, edition.timezone, root=root, alone=True),
            edition=for_page(edition),
            root=root,
            previous=previous,
            next=None,
            latest=False,
            canonical=None,
            index="",
        )

    def email_html(self, edition: Edition, **shown: Unpack[Shown]) -> str:
        """The HTML body before its styles are put inline."""
        name = "email.html.j2" if edition.kind is Kind.REGULAR else "email-note.html.j2"
        return self._email(name, for_mail(edition), shown)

    def email_text(self, edition: Edition, **shown: Unpack[Shown]) -> str:
        """The plain-text body, 72 columns wide but for addresses."""
        name = "email.txt.j2" if edition.kind is Kind.REGULAR else "email-note.txt.j2"
        return self._email(name, for_text(edition), shown)

    def markdown(self, edition: Edition) -> str:
        """The edition as Markdown, private reports left out."""
        return self.draw("digest.md.j2", edition=for_page(edition))

    def json(self, edition: Edition) -> str:
        """The edition as JSON, private reports left out."""
        return json.dumps(as_json(for_page(edition)), ensure_ascii=False, indent=2) + "\n"

    def file(self, name: str) -> str:
        """A file of the pages that is no template, taken as it is: ``style.css``."""
        return self._loader.get_source(self._environment, name)[0]

    def draw(self, name: str, **variables: Any) -> str:
        """Any template with its variables; raises TemplateError, which says where the mistake is and the cure."""
        template = self._compile(name)
        try:
            return template.render(**variables)
        except _MISTAKES as error:
            raise TemplateError(_told(error, name, variables)) from error

    def _email(self, name: str, edition: Edition, shown: Shown) -> str:
        return self.draw(
            name,
            edition=edition,
            subject=phrases.subject(edition),
            preview=phrases.preview(edition),
            page_url=shown.get("page_url"),
            cut=shown.get("cut") or {},
            cut_sections=shown.get("cut_sections", 0),
            cut_top=shown.get("cut_top", 0),
            recipient=RECIPIENT_MARK,
            unsubscribe=UNSUBSCRIBE_MARK,
        )

    def _compile(self, name: str) -> jinja2.Template:
        try:
            return self._environment.get_template(name)
        except jinja2.TemplateSyntaxError as error:
            where = f"{error.filename or error.name}, line {error.lineno}"
            raise TemplateError(f"{where}: {error.message}; mend this line of the template") from error
        except jinja2.TemplateNotFound as error:
            raise TemplateError(f"{name}: no such template; the names are listed in docs/templates.md") from error


# --- Mistakes in templates ----------------------------------------------------------------------


def _told(error: Exception, name: str, variables: Mapping[str, Any]) -> str:
    """Where the mistake is, what it is and the cure, in one line."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        where = f"{error.filename or error.name}, line {error.lineno}"
    else:
        lines = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.endswith((".j2", "<template>"))]
        where = f"{lines[-1].filename}, line {lines[-1].lineno}" if lines else name
    if isinstance(error, jinja2.TemplateNotFound):
        return f"{where}: no template named {error.name!r}; ours are found as 'shipped/NAME'"
    said = re.sub(r"digest\.model\.(?:[a-z]+\.)?", "", str(error))
    cure = "docs/templates.md lists what a template may use"
    unknown = re.search(r"'(\w+)' is undefined|has no attribute '(\w+)'", said)
    if unknown:
        known = _known(variables)
        near = difflib.get_close_matches(unknown[1] or unknown[2], known, n=1)
        cure = f"did you mean {near[0]!r}? {cure}" if near else cure
    return f"{where}: {said}; {cure}"


def _known(variables: Mapping[str, Any]) -> list[str]:
    """Names a template may have meant: variables, and fields of the nouns below them."""
    from .. import model

    nouns = (
        model.Edition, model.EditionSection, model.EditionStory, model.EditionItem, model.FeedTrouble, model.Wire,
        model.Frame, model.Viewer,
    )  # fmt: skip
    return [*variables, *(name for noun in nouns for name in (*noun.__dataclass_fields__, "path"))]


# --- Filters ------------------------------------------------------------------------------------


def _iso(time: datetime) -> str:
    """``2023-10-13T04:40Z``, for ``<time datetime>``."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def _tag(language: str) -> str:
    """A language tag that is safe in an attribute; empty when unknown."""
    language = language.replace("_", "-")
    known = re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", language) and language.lower() != "und"
    return language if known else ""


def _page_marks(language: str) -> Markup:
    """``lang`` and ``dir`` of a whole document."""
    return Markup(' lang="{}" dir="{}"').format(_tag(language) or "en", direction(language))


class Spoken(Protocol):
    """What has a language of its own: an edition, the frame of a page."""

    @property
    def language(self) -> str: ...


def _lang(language: str, edition: Spoken) -> Markup:
    """``lang`` of a text in ``language``, where it differs from the document's; ``en`` and ``en-gb`` do not."""
    tag = _tag(language)
    same = tag.partition("-")[0].lower() == (_tag(edition.language) or "en").partition("-")[0].lower()
    return Markup() if same or not tag else Markup(' lang="{}"').format(tag)


def _turn(text: str, language: str, edition: Spoken) -> str:
    """The direction of a text in ``language``, where it differs from the document's; empty otherwise."""
    whole = direction(edition.language)
    own = text_direction(text, direction(language) if _tag(language) else whole)
    return "" if own == whole else own


def _dir(text: str, language: str, edition: Spoken) -> Markup:
    """``dir`` of a text, where it differs from the document's."""
    own = _turn(text, language, edition)
    return Markup(' dir="{}"').format(own) if own else Markup()


def _isolated(name: str, edition: Spoken) -> Markup:
    """A name inside a line, where it runs the other way than the line: numbers beside it would change places.

    Gmail and Outlook drop ``bdi``, and keep ``dir`` on a ``span``.
    """
    whole = direction(edition.language)
    own = text_direction(name, whole)
    return Markup('<bdi><span dir="{}">{}</span></bdi>').format(own, name) if own != whole else Markup.escape(name)


def _align(text: str, language: str, edition: Spoken) -> Markup:
    """The inline alignment of a block that shows such a text, for mail; ``dir`` alone loses to its cell there."""
    own = _turn(text, language, edition)
    return Markup(' style="text-align:{}"').format("right" if own == "rtl" else "left") if own else Markup()


@lru_cache(maxsize=32)
def _operator_html(text: str) -> Markup:
    """The operator's own words; their HTML is theirs. Kept, since a mail that is cut to size is drawn a dozen times."""
    import markdown  # costs as much as all of an edition that has no such words

    return Markup(markdown.markdown(text, extensions=["smarty"], output_format="html"))  # noqa: S704


_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&#@$]|:(?=//)|(?<=www)\.)", re.IGNORECASE)


_OPENING = re.compile(r"^(\d*)([-+=.)])")
"""What would make a list, a rule or a heading of a line."""


def _escape_markdown(text: str) -> str:
    """Text that stays text in CommonMark and GitHub's tables, strikethrough and bare addresses."""
    return _OPENING.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", text))


def _markdown_address(url: str) -> str:
    """A link's destination that ends where it should."""
    return re.sub(r"[()<>\\\s]", lambda found: f"%{ord(found[0]):02X}", url)


FILTERS = {
    "plural": phrases.plural,
    "long_day": phrases.long_day,
    "short_day": phrases.short_day,
    "month": phrases.month,
    "moment": phrases.moment,
    "full_time": phrases.full_time,
    "next_time": phrases.next_time,
    "names": phrases.names,
    "size": phrases.size,
    "trouble": phrases.trouble,
    "wire_label": phrases.wire_label,
    "day_label": phrases.day_label,
    "left_out": left_out,
    "iso": _iso,
    "cut": cut,
    "page_marks": _page_marks,
    "direction": direction,
    "lang": _lang,
    "turn": _turn,
    "dir": _dir,
    "align": _align,
    "isolated": _isolated,
    "operator_html": _operator_html,
    "escape_markdown": _escape_markdown,
    "markdown_address": _markdown_address,
    "wrap": wrap,
    "paragraphs": paragraphs,
}
"""Filters beside Jinja's own."""
