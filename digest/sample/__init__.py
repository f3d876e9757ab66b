"""The bundled sample: invented outlets' feeds as they stood on four days of 2023.

The files lie in one folder a day, ``2023-10-13/harrowmere.xml``, one file an outlet.
They are data: nothing here parses them or knows which items belong together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class SampleOutlet:
    """One feed of the sample."""

    name: str
    """The file's name without ``.xml``, the same on every day."""
    title: str
    """As its feed says it."""
    section: str


OUTLETS = (
    SampleOutlet("harrowmere", "Harrowmere Dispatch", "World"),
    SampleOutlet("tessaly", "Tessaly Bay Ledger", "World"),
    SampleOutlet("quillhaven", "Quillhaven Record", "World"),
    SampleOutlet("veldrin", "Veldrin Today", "World"),
    SampleOutlet("ombrefjord", "Ombrefjord Tidings", "World"),
    SampleOutlet("orlecz", "Orlecz Monitor", "World"),
    SampleOutlet("sahyanagar", "Sahyanagar Sentinel", "World"),
    SampleOutlet("tarangapet", "Tarangapet Mirror", "World"),
    SampleOutlet("grisholm", "Grisholm Advertiser", "World"),
    SampleOutlet("pendrake", "Pendrake Bulletin", "World"),
    SampleOutlet("morningskim", "Morningskim", "World"),
    SampleOutlet("brumaluz", "La Gaceta de Brumaluz", "World"),
    SampleOutlet("tsukishiro", "月白浜新報", "World"),
    SampleOutlet("quaymark", "Quaymark Business Daily", "Business"),
    SampleOutlet("bytewold", "Bytewold", "Technology"),
    SampleOutlet("lumenfold", "Lumenfold Science", "Science"),
)

DAYS = tuple(datetime(2023, month, day, 18, tzinfo=UTC) for month, day in ((7, 26), (9, 14), (10, 13), (10, 14)))
"""The demo's clock on each day of the sample; every item of a day lies before it."""


def feed_bytes(day: date, name: str) -> bytes | None:
    """The feed document of one outlet as it stood on ``day``; None where the sample has none.

    ``day`` may be one of ``DAYS`` or a plain date.
    Only names of ``OUTLETS`` are looked up, so that no other file can be reached.
    """
    if name not in {outlet.name for outlet in OUTLETS}:
        return None
    file = files(__name__).joinpath(f"{day:%Y-%m-%d}", f"{name}.xml")
    return file.read_bytes() if file.is_file() else None
