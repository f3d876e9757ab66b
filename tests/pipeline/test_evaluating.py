"""The evaluation kit: labelled items on the real way through store and grouping, and what it tells of them."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from digest import config, pipeline, values
from digest.cli.evaluate import evaluate
from digest.errors import ConfigError, DigestError
from digest.pipeline import evaluating, grouping
from digest.store import Store
from digest.store.items import Items

NOON = datetime(2023, 10, 13, 12, tzinfo=UTC)
LABELLED = Path(__file__).parents[3] / "shared" / "threading"

DAM = [
    "Hestrand dam breaks and floods the Ulvenmark valley",
    "Ulvenmark valley flooded as the Hestrand dam breaks",
    "Thousands leave Ulvenmark after Hestrand dam floods valley",
]
CHOIR = ["Choir of Quillhaven wins a singing prize in Tessaly", "Singing prize in Tessaly for Quillhaven choir"]
SEAL = "Seal pup gets a police escort out of a car park"


def row(number: int, title: str, story: str | None, hours: float = 0, **changes: Any) -> dict[str, Any]:
    published = (NOON + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")
    made = {"id": f"i{number}", "published": published, "source": f"Paper {number % 4}", "title": title}
    return {**made, "summary": "", "lang": "en", "story": story, **changes}


def a_day() -> list[dict[str, Any]]:
    """A story of three, one of two, one item alone, one without a label."""
    return [
        row(1, DAM[0], "dam"),
        row(2, CHOIR[0], "choir", 0.2),
        row(3, DAM[1], "dam", 0.5),
        row(4, SEAL, "seal", 1.5),
        row(5, DAM[2], "dam", 2),
        row(6, CHOIR[1], "choir", 3),
        row(7, "Quaymark shares close lower after a quiet day", None, 4),
    ]


@pytest.fixture
def gold(tmp_path: Path):
    """Writes a labelled file."""

    def written(rows: list[Any], name: str = "day.jsonl.gz") -> Path:
        path = tmp_path / name
        text = "".join(one if isinstance(one, str) else json.dumps(one) + "\n" for one in rows)
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return path

    return written


def ticks() -> float:
    return 0.0


def called(*arguments: object) -> Result:
    return CliRunner().invoke(evaluate, [str(one) for one in arguments])


def test_items_go_through_the_real_store_and_grouping(gold):
    """Stories and threads come back by the file's own ids, unlabelled items too."""
    items = evaluating.read(gold(a_day()))
    found = evaluating.group(items, config.Threads(), ticks)
    stories = [found.stories[f"i{number}"] for number in range(1, 8)]
    assert stories[0] == stories[2] == stories[4]
    assert stories[1] == stories[5]
    assert len(set(stories)) == 4
    assert set(found.threads) == set(found.stories)


def test_items_of_one_hour_come_in_together_and_the_order_of_the_lines_does_not_matter(gold):
    """What counts is the time of each, as given."""
    rows = a_day()
    one = evaluating.group(evaluating.read(gold(rows)), config.Threads(), ticks)
    other = evaluating.group(evaluating.read(gold(rows[::-1], "other.jsonl")), config.Threads(), ticks)
    assert one == other


def test_without_options_the_kit_groups_as_everybody_does_who_sets_nothing(gold, tmp_path):
    """The settings of the kit, of a configuration without the table and of the shipped one are equal in every field."""
    path = tmp_path / "config.toml"
    path.write_text("", encoding="utf-8")
    told = json.loads(called(gold(a_day()), "--json").stdout)["settings"]
    assert config.threads_with(()) == config.load(path).threads == config.Threads()
    assert set(told) == set(values.keys(config.Threads))
    assert (told["grouping"], told["story_window"], told["window"]) == ("normal", 72 * 3600.0, 180 * 86400.0)


def test_a_run_and_the_kit_hand_the_same_settings_to_the_same_grouping(gold, tmp_path, monkeypatch):
    """What is measured is what runs."""
    handed: list[config.Threads] = []

    class Told(grouping.Threader):
        def __init__(self, store: Store, settings: config.Threads, *others: Any) -> None:
            handed.append(settings)
            super().__init__(store, settings, *others)

    monkeypatch.setattr(grouping, "Threader", Told)
    monkeypatch.setattr(evaluating, "Threader", Told)
    monkeypatch.setattr(Items, "ungrouped", lambda items: True)
    path = tmp_path / "config.toml"
    path.write_text("", encoding="utf-8")
    with Store.in_memory() as store:
        pipeline.thread_items(store, config.load(path))
    assert called(gold(a_day())).exit_code == 0
    assert handed == [config.Threads(), config.Threads()]


def test_a_grouping_that_starts_anew_at_each_arrival_says_the_same(gold, monkeypatch):
    """Runs by hand or by cron know what they know from the database alone."""
    items = evaluating.read(gold(a_day()))
    warm = evaluating.group(items, config.Threads(), ticks)

    class Anew:
        def __init__(self, store: Store, settings: config.Threads) -> None:
            self.run = lambda: grouping.thread_items(store, settings)

    monkeypatch.setattr(evaluating, "Threader", Anew)
    assert evaluating.group(items, config.Threads(), ticks) == warm


def test_nothing_of_the_label_is_read_by_grouping(gold):
    """Other labels, the same stories and threads."""
    rows = a_day()
    blind = [{**one, "story": None} for one in rows[:-1]] + [{**rows[-1], "story": "x"}]
    one = evaluating.group(evaluating.read(gold(rows)), config.Threads(), ticks)
    other = evaluating.group(evaluating.read(gold(blind, "blind.jsonl")), config.Threads(), ticks)
    assert one == other


def test_sources_that_look_alike_are_feeds_of_their_own(gold):
    """As are those without a letter that fits an address."""
    names = ["Paper (One)", "Paper One", "新聞", "日報", ""]
    rows = [row(n, f"{SEAL} number {n}", None, source=name) for n, name in enumerate(names)]
    assert len(evaluating.group(evaluating.read(gold(rows)), config.Threads(), ticks).stories) == 5


# --- What it tells ---


def test_the_table_tells_quality_wrong_joins_and_speed(gold):
    """For people, in percent."""
    found = called(gold(a_day()))
    assert found.exit_code == 0, found.output
    assert found.output.splitlines()[0] == "grouping normal, story_window 3d, window 180d (the default)"
    assert "lone wrongly joined" in found.output
    (line,) = [one for one in found.output.splitlines() if one.startswith("day ")]
    assert line.split()[:9] == ["day", "6", "3", "100.0", "100.0", "100.0", "100.0", "100.0", "100.0"]
    assert "0 of 1 (0.0 %)" in line
    assert "1 item without a label, grouped and not scored" in found.output


def test_several_files_have_a_mean(gold):
    """Each share is the mean of the files' own."""
    wrong = [row(1, DAM[0], "a"), row(2, DAM[0], "b", 0.1)]
    found = called(gold(a_day()), gold(wrong, "wrong.jsonl"), "--json")
    told = json.loads(found.stdout)
    assert [one["file"] for one in told["files"]] == ["day", "wrong"]
    assert told["files"][1]["wrongly_joined"] == 2
    assert told["files"][1]["bcubed"] == {"precision": 0.5, "recall": 1.0, "f1": pytest.approx(2 / 3)}
    assert told["mean"]["f1"] == pytest.approx((1 + 2 / 3) / 2)
    assert "mean" in called(gold(a_day()), gold(wrong, "wrong.jsonl")).output


def test_threads_that_hold_several_stories_of_the_truth_are_named(gold):
    """Whatever linked them; here one story of the grouping holds two of the truth and a lone item."""
    rows = [
        row(1, DAM[0], "a"), row(2, DAM[0], "a", 0.1), row(3, DAM[0], "b", 0.2), row(4, DAM[0], "b", 0.3),
        row(5, DAM[0], "c", 0.4),
    ]  # fmt: skip
    found = called(gold(rows))
    assert "1 thread with items of several stories, 1 of 1 lone item in a thread with others" in found.output
    assert f"2023-10-13  2 of 2 items  {DAM[0]}" in found.output
    assert f"alone in truth: {DAM[0]}" in found.output
    (thread,) = json.loads(called(gold(rows), "--json").stdout)["files"][0]["threads"]
    assert [(one["here"], one["items"]) for one in thread["stories"]] == [(2, 2), (2, 2)]
    assert thread["lone"] == [DAM[0]]


def test_the_prediction_is_written_for_scorers(gold, tmp_path):
    """Story and thread of every item, unlabelled ones too."""
    out = tmp_path / "predicted.csv"
    assert called(gold(a_day()), "--out", out).exit_code == 0
    with out.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [one["id"] for one in rows] == [f"i{number}" for number in range(1, 8)]
    assert rows[0]["thread"] == rows[2]["thread"] != rows[1]["thread"]
    assert all(one["topic"] for one in rows)


def test_each_of_several_files_gets_a_table_of_its_own(gold, tmp_path):
    """Ids may repeat between files; the name of each stands in that of its table."""
    found = called(gold(a_day()), gold(a_day()[:3], "half.jsonl"), "--out", tmp_path / "predicted.csv")
    assert found.output.splitlines()[-1].startswith("written: ")
    for name, lines in (("day", 8), ("half", 4)):
        table = tmp_path / f"predicted.{name}.csv"
        assert str(table) in found.output
        assert len(table.read_text(encoding="utf-8").splitlines()) == lines
    assert not (tmp_path / "predicted.csv").exists()


# --- Settings ---


def test_the_setting_with_the_best_f1_groups_eagerly(gold):
    """And is told as not the default."""
    assert called(gold(a_day()), "--best-f1").output.startswith("grouping eager, story_window 3d, window 180d\n")


def test_settings_are_changed_one_by_one(gold):
    """By the keys of the configuration."""
    found = called(gold(a_day()), "--set", "threads.window=1000d", "--set", "threads.grouping=careful")
    assert found.output.startswith("grouping careful, story_window 3d, window 1000d\n")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("threads.window=1d", "threads.window: '1d' is out of range; write at least '7d' and at most '3650d'"),
        (
            "threads.grouping=eger",
            "threads.grouping: 'eger' is not one of careful, normal, eager; did you mean 'eager'?",
        ),
        ("threads.windw=9d", 'threads.windw: unknown key; did you mean "window"?'),
        ("window=9d", "'window=9d': write a key of [threads] and its value, like threads.grouping=eager"),
        ("fetch.every=1h", "'fetch.every=1h': write a key of [threads] and its value, like threads.grouping=eager"),
        ("threads.window", "'threads.window': write a key of [threads] and its value, like threads.grouping=eager"),
    ],
)
def test_mistakes_in_settings_are_told_like_those_of_the_file(change, line):
    """The same model, the same sentences."""
    with pytest.raises(ConfigError) as refusal:
        config.threads_with([change])
    assert refusal.value.problems == (line,)
    assert refusal.value.exit_code == 2


def test_the_best_f1_and_another_dial_exclude_each_other(gold):
    """Nobody guesses which one was meant."""
    refused = called(gold(a_day()), "--best-f1", "--set", "threads.grouping=careful")
    assert "--best-f1 is threads.grouping=eager; leave one of the two out" in refused.output


def test_the_labels_are_never_written_over(gold):
    path = gold(a_day())
    before = path.read_bytes()
    refused = called(path, "--out", str(path))
    assert refused.exit_code == 2
    assert "would write over the labels" in refused.output
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"published": "0001-01-01T00:00:00Z"}, "not a time like"),
        ({"published": "9999-12-31T23:59:59Z"}, "not a time like"),
        ({"title": "half \ud800 a character"}, "half a character"),
    ],
)
def test_what_no_database_can_hold_is_told_with_its_line(gold, change, told):
    rows = a_day()
    refused = called(gold([{**rows[0], **change}, *rows[1:]]))
    assert "line 1" in str(refused.exception)
    assert told in str(refused.exception)


def test_a_byte_order_mark_is_no_mistake(gold):
    path = gold(a_day())
    plain = path.with_name("plain.jsonl")
    plain.write_bytes(b"\xef\xbb\xbf" + gzip.decompress(path.read_bytes()))
    assert called(plain).exit_code == 0


# --- Bad files ---


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{not json\n", "line 2: this is not JSON"),
        ("[1, 2]\n", "line 2: this is not an object"),
        ('{"id": "x", "title": "t", "source": "s"}\n', "line 2: published and story are missing"),
        (row(9, "t", "s", published="yesterday"), "line 2: published is 'yesterday', not a time like 2023"),
        (row(9, "t", "s", published=5), "line 2: published is not text"),
        ({**row(9, "t", "s"), "title": ["t"]}, "line 2: title is not text"),
        (row(9, "t", "s", id=None), "line 2: the id is empty"),
        ({**row(9, "t", "s"), "story": {}}, "line 2: story is neither text nor number"),
        (row(1, "t", "s"), "line 2: id 'i1' stands in line 1 already"),
    ],
)
def test_a_bad_line_is_told_with_file_and_line(gold, line, told):
    """The command ends with 2, as for everything the operator must mend."""
    path = gold([row(1, DAM[0], "a"), line])
    with pytest.raises(DigestError) as refusal:
        evaluating.read(path)
    assert str(refusal.value).startswith(f"{path}, {told}")
    assert refusal.value.exit_code == 2


def test_a_file_that_is_none_of_the_kind_is_told(gold, tmp_path):
    """Empty, in another encoding, or cut."""
    cut = gold([row(n, f"{SEAL} {n * n}", "a") for n in range(50)])
    cut.write_bytes(cut.read_bytes()[:-40])
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    for path, told in ((cut, "is cut or damaged"), (binary, "not text in UTF-8"), (gold([], "empty"), "no item in it")):
        with pytest.raises(DigestError, match=told):
            evaluating.read(path)


def test_a_file_may_lack_what_scorers_do_not_need(gold):
    """Summary and language; a number may be an id; an empty label is none; a time without a zone is UTC."""
    rows = [{"id": 7, "published": "2023-10-13T12:00:00", "source": "P", "title": None, "story": ""}]
    (found,) = evaluating.read(gold(rows))
    assert found == evaluating.Labelled("7", NOON, "P", "", "", None, None)


# --- The labelled files themselves ---


def test_the_numbers_are_those_of_the_scorer_of_the_labelled_files(tmp_path):
    """On the small file, from the written prediction."""
    path = LABELLED / "g5w1h.dev.jsonl.gz"
    if not path.exists():
        pytest.skip(f"the labelled files are not here: {LABELLED}")
    out = tmp_path / "predicted.csv"
    told = json.loads(called(path, "--out", out, "--json").stdout)["files"][0]
    command = [sys.executable, LABELLED / "score.py", "--json", "--no-ami", path, out]
    theirs = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert told["bcubed"]["f1"] == pytest.approx(theirs["bcubed_f1"])
    assert told["pairwise"]["f1"] == pytest.approx(theirs["pairwise_f1"])
    assert told["wrongly_joined_share"] == pytest.approx(theirs["false_join"])
