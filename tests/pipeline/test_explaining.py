"""Why an item stands where it stands: true, in plain words, with numbers for who asks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.archive import HOUR, Archive

from digest.cli import run_command
from digest.config import load
from digest.errors import DigestError
from digest.pipeline import correcting
from digest.pipeline.explaining import why


@pytest.fixture
def archive(tmp_path: Path):
    made = Archive(tmp_path)
    yield made
    made.store.close()


def configured(archive: Archive) -> Path:
    """A configuration with the archive's feeds."""
    path = archive.store.path.parent / "config.toml"
    feeds = "".join(f"[[feeds]]\nurl = {json.dumps(one.url)}\ntitle = {json.dumps(one.title)}\n"
                    for one in archive.feeds.values())  # fmt: skip
    path.write_text(f'database = "digest.db"\n{feeds}', encoding="utf-8")
    return path


def test_it_says_which_words_brought_an_item_into_its_story(archive: Archive) -> None:
    """Shared terms with their parts of the likeness, heaviest first, and the score against the bar."""
    flood = archive.flood()
    archive.group()
    told = why(archive.store, load(configured(archive)), flood[1])
    assert {"dam", "vellmoor"} <= {term for term, _ in told.shared}
    assert [part for _, part in told.shared] == sorted((part for _, part in told.shared), reverse=True)
    assert told.likeness == pytest.approx(sum(part for _, part in told.shared))
    assert told.placement is not None
    assert told.placement.score >= told.placement.bar
    assert told.nearest is not None
    assert told.nearest.story_id == archive.story(flood[0])
    assert (told.story.id, told.outlets) == (archive.story(flood[0]), 3)


def test_it_says_what_a_lone_item_nearly_joined(archive: Archive) -> None:
    """The nearest story and how far its score stayed below the bar."""
    flood = archive.flood()
    near = archive.say(
        "North Post", "Ten mayors meet in Harrowmere", "They discuss buses, a dam, parks, and old barns and jetties."
    )
    archive.group()
    told = why(archive.store, load(configured(archive)), near)
    assert len(told.story.items) == 1
    assert told.placement is not None
    assert told.placement.score < told.placement.bar
    assert told.placement.objection is None
    assert told.nearest is not None
    assert told.nearest.story_id == archive.story(flood[0])


@pytest.mark.parametrize(
    ("outlet", "title", "summary", "words"),
    [
        ("North Post", "Dam breaks above Harrowmere, valley flooded", "The southern wall of the Harrowmere dam burst.",
         "told in like words, but of other people or places"),
        ("North Post", "Dam", "A walk along the sea, with bread, birds, bells, a brass band and two bridges.",
         "hardly a word in common"),
    ],
)  # fmt: skip
def test_it_says_what_spoke_against_a_join(archive: Archive, capsys, outlet, title, summary, words) -> None:
    """In plain words, naming the story that was near enough."""
    archive.flood()
    lone = archive.say(outlet, title, summary)
    archive.group()
    assert run_command(["threads", "why", str(lone), "--config", str(configured(archive))]) == 0
    told = capsys.readouterr().out
    assert words in told
    assert "Vellmoor" in told


def test_it_says_when_only_an_outlets_own_habit_spoke_for_a_join(archive: Archive, capsys) -> None:
    """Two offers of one outlet are alike in its words and in nothing else."""
    archive.say("North Post", "The best garden chairs of this week", "We tested nine, in rain and sun and on grass.")
    lone = archive.say(
        "North Post", "The best bread knives of this week", "We tested nine on crust, crumb and one thumb."
    )
    archive.group()
    assert run_command(["threads", "why", str(lone), "--config", str(configured(archive))]) == 0
    assert "its own outlet alone had told" in capsys.readouterr().out


def test_it_compares_two_items(archive: Archive) -> None:
    """Together or not, in which language, which words both use, how far apart in time."""
    flood, ferry = archive.flood(), archive.ferry()
    archive.group()
    settings = load(configured(archive))
    same = why(archive.store, settings, flood[0], flood[1]).other
    other = why(archive.store, settings, flood[0], ferry[0]).other
    assert same is not None
    assert other is not None
    assert same.same_story
    assert "vellmoor" in {term for term, _ in same.shared}
    assert same.apart == pytest.approx(0.25)
    assert not other.same_story
    assert other.likeness < same.likeness


def test_it_says_what_a_person_decided(archive: Archive) -> None:
    """A decision is shown as such, undone ones too."""
    flood = archive.flood()
    archive.group()
    correcting.split(archive.store, flood[2], archive.now)
    settings = load(configured(archive))
    assert [one.kind for one in why(archive.store, settings, flood[2]).decisions] == ["split"]
    told = why(archive.store, settings, flood[2], flood[0]).other
    assert told is not None
    assert [one.kind for one in told.decisions] == ["split"]


def test_an_item_that_is_not_there_is_told_with_the_way_to_find_one(archive: Archive) -> None:
    """The number may come from a mail or a page long gone."""
    with pytest.raises(DigestError, match="there is no item 9999; `digest threads show ID`"):
        why(archive.store, load(configured(archive)), 9999)


def test_the_command_says_it_in_words_and_with_numbers(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    """Plain words first; --verbose adds scores; --json has it all; an address is as good as a number."""
    flood = archive.flood()
    archive.group()
    path = str(configured(archive))
    address = archive.store.items.get([flood[1]])[0].url or ""
    assert run_command(["threads", "why", address, "--config", path]) == 0
    words = capsys.readouterr().out
    assert "stands with 2 other reports" in words
    assert "Words shared with the rest of its story: " in words
    assert "0." not in words.partition("Words shared")[2]
    assert run_command(["threads", "why", str(flood[1]), str(flood[2]), "-v", "--config", path]) == 0
    numbers = capsys.readouterr().out
    assert "the bar is 0." in numbers
    assert "Both are in one story." in numbers
    assert run_command(["threads", "why", str(flood[1]), "--json", "--config", path]) == 0
    assert json.loads(capsys.readouterr().out)["why"]["placement"]["item_id"] == flood[1]


def test_corrections_by_command(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    """Each correction says what it did and how to take it back; the list of decisions shows all of them."""
    flood, ferry = archive.flood(), archive.ferry()
    archive.group()
    path = ["--config", str(configured(archive))]
    assert run_command(["threads", "split", str(flood[2]), *path]) == 0
    assert "split off: Hundreds flee as Vellmoor dam breaks" in capsys.readouterr().out
    thread, other = archive.thread(flood[0]), archive.thread(ferry[0])
    assert run_command(["threads", "merge", str(thread), str(other), *path]) == 0
    assert run_command(["threads", "mute", str(other), "--for", "12h", *path]) == 0
    assert run_command(["threads", "pin", str(flood[2]), str(flood[0]), *path]) == 0
    assert archive.together(flood[2]) == set(flood)
    assert run_command(["threads", "undo", *path]) == 0
    assert archive.together(flood[2]) == {flood[2]}
    capsys.readouterr()
    assert run_command(["decisions", *path]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "split off: Hundreds flee" in lines[0]
    assert len(lines) == 4
    assert "(undone" in lines[3]
    assert run_command(["decisions", "undo", "1", *path]) == 0
    assert archive.together(flood[2]) == set(flood)
    assert run_command(["decisions", "--json", *path]) == 0


def test_a_thread_shows_what_was_decided_about_its_reports(
    archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    """At the report and in words below; what was taken back is not shown."""
    flood, ferry = archive.flood(), archive.ferry()
    archive.group()
    path = ["--config", str(configured(archive))]
    assert run_command(["threads", "split", str(flood[2]), *path]) == 0
    assert run_command(["threads", "pin", str(ferry[1]), str(flood[0]), *path]) == 0
    capsys.readouterr()
    assert run_command(["threads", "show", str(archive.thread(flood[0])), *path]) == 0
    shown = capsys.readouterr().out
    assert "200 rescued from stranded ferry near Sablewake (pinned, decision 2)" in shown
    assert "split off: Hundreds flee as Vellmoor dam breaks" in shown
    assert "Vellmoor dam gives way: hundreds of houses flooded (" not in shown
    assert run_command(["threads", "show", str(archive.thread(flood[2])), *path]) == 0
    assert "Hundreds flee as Vellmoor dam breaks (split off, decision 1)" in capsys.readouterr().out
    assert run_command(["threads", "undo", "--json", *path]) == 0
    assert json.loads(capsys.readouterr().out)["undone"]["undone"] is not None
    assert run_command(["threads", "show", str(archive.thread(flood[0])), "--json", *path]) == 0
    assert [one["id"] for one in json.loads(capsys.readouterr().out)["decisions"]] == [1]


def test_rebuild_by_command(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    """A dry run tells what would move and changes nothing."""
    flood = archive.flood()
    archive.group()
    correcting.split(archive.store, flood[2], archive.now)
    with archive.store.writing():
        archive.store.decisions.undo(1, archive.now)  # taken back, and nothing put back yet
    before = archive.store.threads.assignments()
    now = ["--now", f"{archive.now + HOUR:%Y-%m-%dT%H:%M:%SZ}"]
    path = ["--config", str(configured(archive)), *now]
    assert run_command(["threads", "rebuild", "--dry-run", *path]) == 0
    told = capsys.readouterr().out
    assert "15 items would be grouped anew; 1 item in another story now, 1 item in another thread" in told
    assert f"{flood[2]}  story {before[flood[2]][0]} to {before[flood[0]][0]}, thread" in told
    assert "nothing was changed" in told
    assert archive.store.threads.assignments() == before
    assert run_command(["threads", "rebuild", "--since", "30d", "--json", *path]) == 0
    rebuilt = json.loads(capsys.readouterr().out)["rebuilt"]
    assert (rebuilt["items"], [one["item"]["id"] for one in rebuilt["moved"]]) == (15, [flood[2]])
    assert archive.together(flood[2]) == set(flood)
    assert run_command(["threads", "rebuild", "--since", "1h", *path]) == 0
    assert "1 item was grouped anew; 0 items in another story now" in capsys.readouterr().out
    assert run_command(["threads", "rebuild", "--since", "soon", *path]) == 2
    assert "'soon' is not a duration" in capsys.readouterr().err


def test_an_item_of_a_feed_that_left_the_configuration_is_refused_with_the_cure(archive: Archive) -> None:
    """What brings it back is said."""
    flood = archive.flood()
    archive.group()
    del archive.feeds["Coast Daily"]
    with pytest.raises(DigestError, match="digest feeds add ADDRESS"):
        why(archive.store, load(configured(archive)), flood[0])
