"""An edition as JSON, the form in which it is frozen, and back.

Reading is lenient in the two ways that years of archive need:
a field that came later takes its default, and a field that is no more is passed over.
"""

from __future__ import annotations

import json
from functools import cache

from cattrs import BaseValidationError
from cattrs.preconf.json import JsonConverter, make_converter

from ..model import Edition


@cache
def _converter() -> JsonConverter:
    return make_converter()


def dumps(edition: Edition) -> str:
    """The edition as JSON, keys sorted: equal editions give equal text."""
    return json.dumps(_converter().unstructure(edition, Edition), ensure_ascii=False, sort_keys=True)


def loads(text: str) -> Edition:
    """The edition that ``dumps`` wrote; raises ValueError for anything else."""
    try:
        return _converter().structure(json.loads(text), Edition)
    except (BaseValidationError, TypeError, RecursionError) as error:
        raise ValueError("this is not an edition as it is frozen") from error
