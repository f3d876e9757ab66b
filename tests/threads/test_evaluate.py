"""How good a grouping is: numbers counted by hand, and those of the scorer that came with the labelled files."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.threads.evaluate import Linked, evaluate, linked

LABELLED = Path(__file__).parents[3] / "shared" / "threading"

GOLD = {1: "a", 2: "a", 3: "a", 4: "b", 5: "b", 6: "c"}


def test_a_grouping_like_the_truth_is_perfect():
    """Whatever the labels are called."""
    found = evaluate(GOLD, {1: 7, 2: 7, 3: 7, 4: 8, 5: 8, 6: 9})
    assert (found.precision, found.recall, found.f1) == (1, 1, 1)
    assert (found.pair_precision, found.pair_recall, found.pair_f1) == (1, 1, 1)
    assert (found.wrongly_joined, found.items, found.stories, found.lone) == (0, 6, 3, 1)


def test_numbers_are_those_counted_by_hand():
    """One item of the first story stands with the second."""
    found = evaluate(GOLD, {1: "x", 2: "x", 3: "y", 4: "y", 5: "y", 6: "z"})
    # by item: 1, 1, 1/3, 2/3, 2/3, 1 and 2/3, 2/3, 1/3, 1, 1, 1
    assert found.precision == pytest.approx(14 / 18)
    assert found.recall == pytest.approx(14 / 18)
    # two of the four pairs that were made are right, and two of the four there are were made
    assert (found.pair_precision, found.pair_recall, found.pair_f1) == (0.5, 0.5, 0.5)
    assert found.wrongly_joined == 0


def test_everything_in_one_group_misses_nothing_and_is_wrong():
    """The lone item was joined, too."""
    found = evaluate(GOLD, dict.fromkeys(GOLD, 1))
    assert found.recall == found.pair_recall == 1
    assert found.precision == pytest.approx((9 + 4 + 1) / 36)
    assert found.pair_precision == pytest.approx(4 / 15)
    assert found.wrongly_joined == 1


def test_everything_alone_is_right_and_misses_all_pairs():
    """No pair was made, so none of them is right."""
    found = evaluate(GOLD, {item: item for item in GOLD})
    assert (found.precision, found.pair_precision, found.pair_recall) == (1, 0, 0)
    assert found.recall == pytest.approx((1 + 1 + 1) / 6)


def test_items_without_a_label_take_no_part():
    """They may stand with anybody, and a lone item beside them is not wrongly joined."""
    found = evaluate({**GOLD, 7: None, 8: None}, {1: 1, 2: 1, 3: 1, 4: 2, 5: 2, 6: 3, 7: 3, 8: 1})
    assert (found.precision, found.recall, found.wrongly_joined, found.items) == (1, 1, 0, 6)


def test_nothing_labelled_gives_nothing():
    """No division by zero."""
    assert evaluate({1: None}, {1: 1}).items == 0
    assert evaluate({}, {}).f1 == 0


def test_a_labelled_item_without_a_prediction_is_an_error():
    """It would make a grouping look better."""
    with pytest.raises(KeyError):
        evaluate(GOLD, {1: 1})


def test_groups_with_several_stories_are_named_with_what_is_in_them():
    """A group of one story is none of them, a lone item counts as a story of its own."""
    gold = {**GOLD, 7: "d", 8: None}
    found = linked(gold, {1: "x", 2: "x", 3: "y", 4: "x", 5: "z", 6: "z", 7: "z", 8: "y"})
    assert found == [Linked("x", {"a": 2, "b": 1}, ()), Linked("z", {"b": 1}, (6, 7))]


LABELS = st.lists(st.tuples(st.sampled_from(["a", "b", "c", None]), st.integers(0, 4)), max_size=12)


@given(LABELS)
def test_shares_stay_between_0_and_1(labels):
    """And nothing is joined wrongly where the groups are those of the truth."""
    gold = {number: label for number, (label, _) in enumerate(labels)}
    found = evaluate(gold, {number: there for number, (_, there) in enumerate(labels)})
    for share in (found.precision, found.recall, found.pair_precision, found.pair_recall, found.wrongly_joined):
        assert 0 <= share <= 1
    assert evaluate(gold, {number: label or number for number, label in gold.items()}).wrongly_joined == 0


@pytest.mark.parametrize("groups", [1, 2, 7, 500])
def test_numbers_are_those_of_the_scorer_of_the_labelled_files(tmp_path, groups):
    """On a rough grouping of the small file: by source, in so many groups."""
    path = LABELLED / "g5w1h.dev.jsonl.gz"
    if not path.exists():
        pytest.skip(f"the labelled files are not here: {LABELLED}")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    gold = {number: row["story"] for number, row in enumerate(rows)}
    predicted = {number: (len(row["title"]) * 31 + len(row["source"])) % groups for number, row in enumerate(rows)}
    told = tmp_path / "predicted.csv"
    told.write_text("id,thread\n" + "".join(f"{row['id']},{predicted[n]}\n" for n, row in enumerate(rows)))
    command = [sys.executable, LABELLED / "score.py", "--json", "--no-ami", path, told]
    theirs = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    ours = evaluate(gold, predicted)
    for key, number in {
        "bcubed_p": ours.precision, "bcubed_r": ours.recall, "bcubed_f1": ours.f1,
        "pairwise_p": ours.pair_precision, "pairwise_r": ours.pair_recall, "pairwise_f1": ours.pair_f1,
        "false_join": ours.wrongly_joined, "items": ours.items, "gold_stories": ours.stories,
        "gold_singletons": ours.lone,
    }.items():  # fmt: skip
        assert number == pytest.approx(theirs[key]), key
