"""What config.toml may say, and what is said of its mistakes."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import config, units, values
from digest.config import Config, SmtpTransport
from digest.errors import ConfigError

FEED = """
[[feeds]]
url = "https://feeds.example.org/world.xml"
title = "Example World"
section = "World"
"""
MAIL = """
[transports.mail]
type = "smtp"
host = "smtp.example.org"
"""


@pytest.fixture
def load(tmp_path: Path):
    """Writes a configuration and loads it."""

    def loaded(text: str) -> Config:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        return config.load(path)

    return loaded


@pytest.fixture
def mistakes(load):
    """The lines that a configuration is refused with."""

    def told(text: str) -> list[str]:
        with pytest.raises(ConfigError) as refusal:
            load(text)
        return list(refusal.value.problems)

    return told


# --- What is filled in ---


def test_one_feed_is_enough_and_needs_no_server(load, tmp_path):
    settings = load(FEED)
    daily = settings.digests["daily"]
    assert settings.database == tmp_path / "digest.db"
    assert (daily.name, daily.at, daily.days) == ("daily", time(7), config.WEEKDAYS)
    assert daily.deliver == ("site", "outbox")
    assert daily.to == ("reader@localhost",)
    assert settings.transports["site"].folder == tmp_path / "public"
    assert settings.transports["outbox"].folder == tmp_path / "outbox"


def test_units_become_values(load):
    fetch = load('[fetch]\nevery = "1h30m"\ntimeout = "20s"\nmax_size = "16MiB"\nspacing = "0s"').fetch
    assert fetch.every == timedelta(minutes=90)
    assert fetch.timeout == timedelta(seconds=20)
    assert fetch.max_size == 16 * 2**20
    assert fetch.spacing == timedelta(0)


def test_a_time_may_be_written_with_or_without_quotes(load):
    text = '[digests.a]\nat = "6:30"\n[digests.b]\nat = 06:30:00'
    assert {digest.at for digest in load(text).digests.values()} == {time(6, 30)}


def test_a_digest_takes_the_zone_of_the_file_unless_it_has_its_own(load):
    text = 'timezone = "Asia/Tokyo"\n[digests.here]\n[digests.there]\ntimezone = "America/New_York"'
    assert [digest.timezone for digest in load(text).digests.values()] == ["Asia/Tokyo", "America/New_York"]


def test_a_digest_without_deliver_goes_to_every_transport_in_order(load):
    text = (
        '[transports.b]\ntype = "files"\nfolder = "b"\n[transports.a]\ntype = "maildir"\nfolder = "a"\n[digests.daily]'
    )
    assert load(text).digests["daily"].deliver == ("b", "a")


def test_days_come_in_the_order_of_the_week_and_once(load):
    assert load('[digests.daily]\ndays = ["sun", "mon", "sun"]').digests["daily"].days == ("mon", "sun")


def test_relative_paths_start_at_the_folder_of_the_file(load, tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir("/")
    settings = load('database = "../elsewhere/news.db"\ntemplates = "mine"')
    assert settings.database == tmp_path.parent / "elsewhere" / "news.db"
    assert settings.templates == tmp_path / "mine"
    assert settings.path == tmp_path / "config.toml"


def test_a_file_saved_with_a_byte_order_mark_is_read(load):
    assert load("\ufeff" + FEED).feeds[0].section == "World"


# --- One mistake, one line, with key, value and cure ---


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[digests.daily]\nat = "7am"', "digests.daily.at: '7am' is not a time; write it like '07:00'"),
        ('[fetch]\nevry = "1h"', 'fetch.evry: unknown key; did you mean "every"?'),
        ('databse = "x"', 'databse: unknown key; did you mean "database"?'),
        ('timezone = "Berlin"', "timezone: 'Berlin' is not a time zone; did you mean 'Europe/Berlin'?"),
        ('timezone = "europe/berlin"', "timezone: 'europe/berlin' is not a time zone; did you mean 'Europe/Berlin'?"),
        (
            '[digests.daily]\ntimezone = "Erope/Paris"',
            "digests.daily.timezone: 'Erope/Paris' is not a time zone; did you mean 'Europe/Paris'?",
        ),
        (
            "[fetch]\ntimeout = 60",
            "fetch.timeout: '60' is not a duration; write it with a unit, like '30s', '15m', '2h' or '1d'",
        ),
        ('[fetch]\nevery = "1m"', "fetch.every: '1m' is out of range; write at least '15m' and at most '24h'"),
        ("[fetch]\nmax_size = 15", "fetch.max_size: '15' is not a size; write it with a unit, like '500kB' or '15MB'"),
        ('[fetch]\nat_once = "9"', "fetch.at_once: '9' is not a whole number; write it without quotes, like 10"),
        ("[fetch]\nat_once = 0", "fetch.at_once: '0' is out of range; at least 1"),
        (
            "[digests.daily]\ntop = true",
            "digests.daily.top: true is not a whole number; write it without quotes, like 10",
        ),
        ('[digests.daily]\nto = "me@example.org"', "digests.daily.to: 'me@example.org' is not a list"),
        ("[digests.daily]\ndays = []", "digests.daily.days: an empty list; name at least one"),
        ('[digests.daily]\ndays = ["monday"]', "digests.daily.days.1: 'monday' is not one of mon, tue"),
        ('[digests.daily]\nsender = "a@b.c"', 'digests.daily.sender: unknown key; did you mean "from"?'),
        ('[digests.daily]\nname = "x"', "digests.daily.name: unknown key"),
        ('path = "x"', "path: unknown key"),
        ("fetch = 5", "fetch: '5' is not a table"),
        ("[feeds]\nurl = 5", "feeds: each feed is a table of its own; write [[feeds]]"),
        (
            '[transports.a]\ntype = "smpt"',
            "transports.a: 'smpt' is not one of smtp, sendmail, command, maildir, files; did you mean 'smtp'?",
        ),
        (
            '[transports.a]\nfolder = "x"',
            'transports.a: no type; write type = "smtp", "sendmail", "command", "maildir" or "files"',
        ),
        ('[transports.a]\ntype = "files"', "transports.a.folder: missing; write folder = ..."),
        (
            '[transports.a]\ntype = "files"\nfoldr = "x"\nfolder = "y"',
            'transports.a.foldr: unknown key; did you mean "folder"?',
        ),
        ('[web]\naddress = "8080"', "web.address: '8080' is not host and port; write it like '127.0.0.1:8080'"),
        ('templates = "nowhere"', "templates: there is no folder"),
        ('[digests.daily]\ntitle = "a\\nb"', "digests.daily.title: this holds a line break"),
        ('[fetch]\ncontact = "me@x.org"', "fetch.contact: 'me@x.org' is not an address to reach you"),
        ('[alarm]\nafter = "1h"', "alarm.after: '1h' is out of range; write at least '12h'"),
        ('[alarm]\nto = ["me@example.org"]', "alarm.to: nothing carries it there; add transport = ..."),
        ('[alarm]\ntransport = "outbox"', "alarm.to: nobody would get it; write whom to tell"),
        (
            '[alarm]\ntransport = "outbix"\nto = ["me@example.org"]',
            "alarm.transport: there is no transport 'outbix'; did you mean 'outbox'?",
        ),
        (
            '[alarm]\ntransport = "site"\nto = ["me@example.org"]',
            "alarm.transport: 'site' carries pages and no mail; choose from: outbox",
        ),
        (
            '[alarm]\ntransport = "outbox"\nto = ["me@example.org", "Me <ME@example.org>"]',
            "alarm.to: 'me@example.org' stands here twice",
        ),
        ("[alarm]\ncommand = []", "alarm.command: an empty list"),
        ("[digests.unsubscribe]", "digests.unsubscribe: 'unsubscribe' is taken by a page of the site"),
        ('[fetch]\nallow = ["http://nas"]', "fetch.allow.1: 'http://nas' is neither host nor host:port"),
    ],
)
def test_a_mistake_is_told_with_its_cure(mistakes, text, line):
    (told,) = mistakes(text)
    assert told.startswith(line)


def test_a_feed_is_named_by_its_position_and_title(mistakes):
    (told,) = mistakes(FEED + '[[feeds]]\nurl = "ftp://example.org/x"\ntitle = "Second"')
    assert told == "feeds 2 (Second).url: an address begins with http:// or https://, this one with ftp:"


def test_all_mistakes_come_at_once_those_between_values_too(mistakes):
    told = mistakes(
        FEED
        + """
        [fetch]
        evry = "1h"
        [digests.daily]
        at = "7am"
        sections = ["Wrld"]
        deliver = ["mial"]
        [transports.mail]
        type = "maildir"
        folder = "mails"
        """
    )
    assert sorted(told) == [
        "digests.daily.at: '7am' is not a time; write it like '07:00'",
        "digests.daily.deliver: there is no transport 'mial'; did you mean 'mail'?",
        "digests.daily.sections: no feed is in section 'Wrld'; did you mean 'World'?",
        'fetch.evry: unknown key; did you mean "every"?',
    ]


def test_a_broken_transport_is_told_once_and_its_name_stays_known(mistakes):
    (told,) = mistakes('[transports.site]\ntype = "file"\n[digests.daily]\ndeliver = ["site"]')
    assert told.startswith("transports.site:")


@pytest.mark.parametrize("key", values.keys(Config))
@pytest.mark.parametrize(
    "value", ["5", '""', "true", '["x", 3]', '"a\\u0000"', "{ x = 1 }", "2024-01-01", "0x" + 5000 * "f"]
)
def test_a_value_that_cannot_be_is_told_with_its_key_and_stops_nothing_else(mistakes, key, value):
    told = mistakes(f"nonsense = 1\n{key} = {value}")
    assert {line.partition(": ")[0].partition(".")[0].partition(" ")[0] for line in told} == {key, "nonsense"}


def test_unknown_keys_come_in_the_order_of_the_file(mistakes):
    told = mistakes("alpha = 1\nbeta = 2\ngamma = 3\n[digests.daily]\nxx = 1\nyy = 2\nzz = 3")
    assert [line.partition(": ")[0].rpartition(".")[2] for line in told] == ["xx", "yy", "zz", "alpha", "beta", "gamma"]


def test_a_digest_of_the_wrong_shape_brings_no_mistakes_of_another(mistakes):
    told = mistakes(f"{MAIL}[digests]\nweekly = 5")
    assert {line.partition(": ")[0].rpartition(".")[0] for line in told} <= {"digests", "digests.weekly"}


def test_all_mistakes_of_changed_keys_come_at_once():
    with pytest.raises(ConfigError) as refusal:
        config.threads_with(["threads.window=7d", "threads.story_window=30d", "threads.foo=1"])
    assert [line.partition(": ")[0] for line in refusal.value.problems] == ["threads.foo", "threads.window"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"a = {5000 * '9'}", "there is a number of thousands of digits; write a smaller one"),
        (f"[[feeds]]\nurl = 'https://e.org/'\ntitle = 0x{5000 * 'f'}", "a very large number is not text"),
        (f"a = {3000 * '['}", "tables or lists are nested too deeply"),
        (f"templates = '{5000 * 'a'}'", "there is no folder"),
    ],
)
def test_what_is_beyond_all_measure_is_told(mistakes, text, told):
    assert any(told in line for line in mistakes(text))


def test_toml_mistakes_name_line_and_column(mistakes):
    assert mistakes("a = 1\nb = = 2") == ['line 2, column 5: Invalid value; text stands in quotes, like "..."']


def test_a_text_that_is_not_in_the_file_yet_is_told_the_same_mistakes(mistakes, tmp_path):
    for text in ("a = 1\nb = = 2", f"a = {5000 * '9'}", "nonsense = 1"):
        with pytest.raises(ConfigError) as refusal:
            config.check_text(text, tmp_path / "config.toml")
        assert list(refusal.value.problems) == list(mistakes(text))


def test_a_file_in_another_encoding_is_told_with_its_line(tmp_path):
    path = tmp_path / "config.toml"
    path.write_bytes(b'timezone = "UTC"\n# caf\xe9\n')
    with pytest.raises(ConfigError, match="line 2: not UTF-8"):
        config.load(path)


@pytest.mark.parametrize("name", ["Daily", "my paper", "-a", "a/b", "ü", ""])
def test_names_become_addresses_so_they_are_plain(mistakes, name):
    (told,) = mistakes(f'[digests."{name}"]')
    assert "is not a name; take small letters, digits and hyphens" in told


@pytest.mark.parametrize("name", ["archive", "feeds", "threads", "search", "about", "healthz", "2023"])
def test_names_of_the_site_are_no_names_of_digests(mistakes, name):
    (told,) = mistakes(f"[digests.{name}]")
    assert "is taken by a page of the site" in told


@pytest.mark.parametrize(
    "again",
    [
        "https://FEEDS.example.org/world.xml",
        "https://feeds.example.org:443/world.xml",
        "https://feeds.example.org/world.xml#x",
    ],
)
def test_one_address_twice_is_refused_in_any_spelling(mistakes, again):
    (told,) = mistakes(FEED + f'[[feeds]]\nurl = "{again}"')
    assert told.endswith("this is the address of feeds 1 (Example World) once more; remove one of them")


def test_blurbs_belong_to_sections(mistakes):
    (told,) = mistakes(FEED + '[digests.daily]\nblurbs = { Word = "x" }')
    assert told == "digests.daily.blurbs: no feed is in section 'Word'; did you mean 'World'?"


# --- Grouping ---

HOUSES = (
    FEED
    + """
[[feeds]]
url = "https://www.youtube.com/feeds/videos.xml?channel_id=1"
title = "Example on film"
"""
)


def test_grouping_is_set_in_one_table(load):
    """The dial and both windows."""
    found = load('[threads]\ngrouping = "careful"\nstory_window = "48h"\nwindow = "1000d"').threads
    assert found == config.Threads(grouping="careful", story_window=timedelta(days=2), window=timedelta(days=1000))


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ('grouping = "eger"', "threads.grouping: 'eger' is not one of careful, normal, eager; did you mean 'eager'?"),
        ('story_window = "5h"', "threads.story_window: '5h' is out of range; write at least '6h' and at most '30d'"),
        ('story_window = "31d"', "threads.story_window: '31d' is out of range; write at least '6h' and at most '30d'"),
        ('window = "6d"', "threads.window: '6d' is out of range; write at least '7d' and at most '3650d'"),
        (
            'story_window = "10d"\nwindow = "9d"',
            "threads.window: '9d' is shorter than story_window, which is '10d'; write at least '10d'",
        ),
        ("window = 180", "threads.window: '180' is not a duration; write it with a unit"),
        ('windw = "180d"', 'threads.windw: unknown key; did you mean "window"?'),
    ],
)
def test_mistakes_of_grouping_are_told_with_their_cure(mistakes, keys, line):
    """Each with its dotted key."""
    (told,) = mistakes(f"[threads]\n{keys}")
    assert told.startswith(line)


def test_a_feed_is_grouped_unless_it_or_its_section_says_no(load):
    """A section speaks for all its feeds."""
    settings = load(
        FEED
        + """
        group = false
        [[feeds]]
        url = "https://weather.example/rss"
        section = "Weather"
        [[feeds]]
        url = "https://paper.example/rss"
        section = "World"
        [sections.Weather]
        group = false
        """
    )
    assert [config.grouped(settings, feed) for feed in settings.feeds] == [False, False, True]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "[sections.Wrold]\ngroup = false",
            "sections.Wrold: no feed is in section 'Wrold'; did you mean 'World'?",
        ),
        (
            "[sections.World]\ngroup = 0",
            "sections.World.group: '0' is neither true nor false; write one of these, without quotes",
        ),
        ("[sections.World]\ngrup = true", 'sections.World.grup: unknown key; did you mean "group"?'),
    ],
)
def test_mistakes_of_sections_are_told_with_their_cure(mistakes, text, line):
    """A table for a section that no feed is in would do nothing."""
    assert mistakes(FEED + text) == [line]


def test_outlets_of_one_family_have_one_key(load):
    """Whichever way their domains are spelt; the others keep their own."""
    families = load(
        HOUSES + '[families]\nExample = ["WWW.Example.com", "news.example.co.uk", "bücher.example", "127.0.0.1:8001"]'
    ).families
    for outlet in ("example.com", "example.co.uk", "xn--bcher-kva.example", "127.0.0.1:8001"):
        assert config.outlet_key(families, outlet) == "Example"
    for outlet in ("other.example", "shop.example.com", "127.0.0.1:8002", "feed:2"):
        assert config.outlet_key(families, outlet) == outlet
    assert config.outlet_key({}, "example.com") == "example.com"


def test_a_feed_on_a_platform_belongs_to_a_family_by_its_title(load):
    """Only where it is an outlet of its own: what it passes on from others stays theirs."""
    settings = load(HOUSES + '[families]\nExample = ["example.com", "Example on film"]')
    film = settings.feeds[1]
    assert config.outlet_key(settings.families, "feed:2", film) == "Example"
    assert config.outlet_key(settings.families, "feed:1", settings.feeds[0]) == "feed:1"
    assert config.outlet_key(settings.families, "other.example", film) == "other.example"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('A = ["example.com"]', ["families.A: a family is two outlets or more; add one, or leave the line away"]),
        ("A = []", ["families.A: a family is two outlets or more; add one, or leave the line away"]),
        ('A = "example.com"', ["families.A: 'example.com' is not a list; write it in brackets, like [\"...\"]"]),
        (
            'A = ["https://me:hunter2@www.example.com/x?token=hunter2", "example.org"]',
            ["families.A.1: this is an address; write the domain alone, like 'example.com'"],
        ),
        (
            'A = ["example.com/news", "example.org"]',
            ["families.A.1: this is an address; write the domain alone, like 'example.com'"],
        ),
        (
            'A = ["example.com", "Exmple on film"]',
            [
                "families.A.2: 'Exmple on film' is neither a domain nor the title of a feed; "
                "did you mean 'Example on film'?"
            ],
        ),
        (
            'A = ["example.com", "qq"]',
            ["families.A.2: 'qq' is neither a domain nor the title of a feed; write a domain, like 'example.com'"],
        ),
        (
            'A = ["example.com", "example.org"]\nB = ["example.net", "www.example.org"]',
            ["families.B.2: 'example.org' is in family 'A' already; remove one of them"],
        ),
        (
            'A = ["example.com", "example.org", "Example.com"]',
            ["families.A.3: 'example.com' stands here twice; remove one of them"],
        ),
        (
            '" " = ["example.com", "example.org"]',
            ['families: a family without a name; write it like Example = ["example.com", "example.co.uk"]'],
        ),
    ],
)
def test_mistakes_of_families_are_told_with_their_cure(mistakes, lines, told):
    """Neither an address nor what is in it is repeated."""
    assert mistakes(f"{HOUSES}[families]\n{lines}") == told


def test_all_mistakes_of_grouping_come_at_once(mistakes):
    """With those of other tables."""
    told = mistakes(
        FEED
        + """
        group = "no"
        [threads]
        grouping = "all"
        window = "1d"
        [families]
        A = ["example.com"]
        B = 5
        [sections.Wrold]
        group = 1
        [fetch]
        evry = "1h"
        """
    )
    assert sorted(line.partition(": ")[0] for line in told) == [
        "families.A", "families.B", "feeds 1 (Example World).group", "fetch.evry", "sections.Wrold",
        "sections.Wrold.group", "threads.grouping", "threads.window",
    ]  # fmt: skip


# --- Mail ---


def test_a_mail_server_needs_somebody_to_send_to_and_an_address_to_send_from(mistakes):
    told = mistakes(MAIL + '[digests.daily]\ndeliver = ["mail"]')
    assert [line.partition(": ")[0] for line in told] == ["digests.daily.to", "digests.daily.from"]


def test_a_mail_server_elsewhere_takes_nothing_from_localhost(mistakes):
    (told,) = mistakes(MAIL + '[digests.daily]\nfrom = "digest@localhost"\nto = ["me@example.org"]')
    assert told.startswith("digests.daily.from: smtp.example.org takes no mail from 'localhost'")


@pytest.mark.parametrize(
    ("first", "second", "known"),
    [
        ("me@example.org", "Me <ME@example.org>", "me@example.org"),
        ("me@bücher.example", "me@xn--bcher-kva.example", "me@xn--bcher-kva.example"),
    ],
)
def test_nobody_gets_two_mails(mistakes, first, second, known):
    (told,) = mistakes(MAIL + f'[digests.daily]\nfrom = "a@example.org"\nto = ["{first}", "{second}"]')
    assert told.startswith(f"digests.daily.to: '{known}' stands here twice")


def test_an_address_that_stands_there_thrice_is_one_mistake(mistakes):
    (told,) = mistakes(MAIL + '[digests.daily]\nfrom = "a@example.org"\nto = ["b@c.org", "b@c.org", "b@c.org"]')
    assert told.startswith("digests.daily.to: 'b@c.org' stands here twice")


def test_a_wrong_recipient_is_not_taken_for_none(mistakes):
    (told,) = mistakes(MAIL + '[digests.daily]\nfrom = "a@example.org"\nto = ["me at home"]')
    assert "'me at home'" in told


@pytest.mark.parametrize(
    "address",
    ["me", "me@", "a b@c.d", "a@b\\nBcc: x@y.z", "<a@b.c", "a@b.c, d@e.f", "@b.c", ".b@c.d", "a.@c.d", "a..b@c.d"],
)
def test_what_is_no_mail_address_is_refused(mistakes, address):
    (told,) = mistakes(f'[digests.daily]\nto = ["{address}"]')
    assert "is not a mail address" in told


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ('username = "me"', "transports.mail.username: a login needs its password"),
        ('password_env = "P"', "transports.mail.password_env: a password needs its username"),
        (
            'username = "me"\npassword_env = "P"\npassword_file = "p"',
            "transports.mail.password_env: password_file is there already",
        ),
        (
            'username = "me"\npassword_env = "P"\nsecurity = "none"',
            "transports.mail.security: 'none' would send the password",
        ),
        (
            'password = "hunter2"',
            "transports.mail.password: a password does not belong in this file; name a file with password_file",
        ),
    ],
)
def test_a_login_is_complete_and_protected(mistakes, keys, told):
    (line,) = mistakes(MAIL + keys + '\n[digests.daily]\nfrom = "a@example.org"\nto = ["b@example.org"]')
    assert line.startswith(told)


@pytest.mark.parametrize(
    "transport", ['type = "sendmail"', 'type = "command"\ncommand = ["msmtp", "--", "{recipient}"]']
)
def test_a_program_that_sends_mail_needs_sender_and_recipient_like_a_server(mistakes, load, transport):
    table = f"[transports.mail]\n{transport}\n[transports.box]\ntype = 'maildir'\nfolder = 'box'\n[digests.daily]\n"
    to, sender = mistakes(table)
    assert to == "digests.daily.to: transport 'mail' sends mail; write whom to, like to = [\"you@your.domain\"]"
    assert sender.startswith("digests.daily.from: transport 'mail' sends mail; write an address of yours")
    # mail that stays on this machine may come from it
    assert load(table + 'from = "digest@localhost"\nto = ["me@localhost"]').transports["mail"]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("[]", "an empty list; name at least one, or leave the key away"),
        ('[" "]', 'this is no command; write the program and its arguments, like ["msmtp", "--", "{recipient}"]'),
        ('["msmtp", "--", "{to}"]', "'{to}' is not filled in; write {recipient} or {sender}"),
    ],
)
def test_a_command_that_cannot_work_is_told(mistakes, command, told):
    pipe = f'[transports.pipe]\ntype = "command"\ncommand = {command}\n'
    (line,) = mistakes(pipe + '[digests.daily]\nfrom = "a@example.org"\nto = ["b@example.org"]\ndeliver = ["pipe"]')
    assert line == f"transports.pipe.command: {told}"


def test_a_program_with_a_path_is_looked_for_beside_the_file_and_one_without_where_programs_are(load, tmp_path):
    pipes = '[transports.{name}]\ntype = "command"\ncommand = ["{program}", "./x", "{{}}"]\n'
    settings = load(
        "".join(pipes.format(name=name, program=program) for name, program in (("a", "bin/send"), ("b", "msmtp")))
        + '[digests.daily]\nfrom = "a@example.org"\nto = ["b@example.org"]'
    )
    assert settings.transports["a"].command == (str(tmp_path / "bin/send"), "./x", "{}")
    assert settings.transports["b"].command[0] == "msmtp"


# --- Folders ---


@pytest.mark.parametrize("outbox", ["public", "public/mails", "./public/../public/a", "link/mails"])
def test_mails_never_lie_in_a_published_folder(mistakes, tmp_path, outbox):
    (tmp_path / "public").mkdir()
    (tmp_path / "link").symlink_to("public")
    text = (
        f'[transports.site]\ntype = "files"\nfolder = "public"\n[transports.box]\ntype = "maildir"\nfolder = "{outbox}"'
    )
    (told,) = mistakes(text)
    assert told.startswith("transports.box.folder: overlaps the folder of transports.site: mails would be published")


def test_a_published_folder_holds_neither_database_nor_configuration(mistakes):
    (told,) = mistakes('[transports.site]\ntype = "files"\nfolder = "."')
    assert told.startswith("transports.site.folder: would publish the configuration and the database")


# --- Secrets ---


def test_no_error_repeats_a_secret(mistakes):
    told = mistakes(
        """
        password = "hunter2"
        [[feeds]]
        url = "ftp://me:hunter2@example.org/?token=hunter2"
        [[feeds]]
        url = "https://me:hunter2@example.org/ x?token=hunter2"
        [[feeds]]
        url = "https://me:hunter2@example.org/?token=hunter2"
        evry = "hunter2"
        private = "hunter2"
        [[feeds]]
        url = "https://me:hunter2@example.org/?token=hunter2"
        [[feeds]]
        url = { a = "hunter2" }
        [transports.mail]
        type = "smtp"
        host = "smtp.example.org"
        password = "hunter2"
        pasword = "hunter2"
        password_file = { x = "hunter2" }
        password_env = "hunter2!"
        [web]
        base_url = "https://me:hunter2@example.org"
        """.replace('private = "hunter2"', "private = 1")
    )
    assert len(told) == 12
    assert "hunter2" not in "\n".join(told)


def smtp(**keys: object) -> SmtpTransport:
    return SmtpTransport(type="smtp", host="smtp.example.org", username="me", **keys)


def test_a_password_is_read_when_it_is_used(tmp_path):
    file = tmp_path / "password"
    file.write_text(" hunter 2 \n")
    assert config.secret(smtp(password_file=file)) == " hunter 2 "
    assert config.secret(smtp(password_env="SMTP"), {"SMTP": "hunter2"}) == "hunter2"
    assert config.secret(smtp()) is None


def test_a_password_that_cannot_be_read_is_the_operators_mistake(tmp_path):
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for keys in (
        {"password_env": "SMTP"},
        *({"password_file": tmp_path / name} for name in ("none", "empty", "binary")),
    ):
        with pytest.raises(ConfigError, match="the password for smtp"):
            config.secret(smtp(**keys), {})


# --- Finding the file ---


def test_the_option_wins_over_the_environment_and_that_over_the_folder(tmp_path, monkeypatch):
    for name in ("a.toml", "b.toml", "config.toml"):
        (tmp_path / name).write_text("")
    monkeypatch.chdir(tmp_path)
    environ = {"DIGEST_CONFIG": "b.toml"}
    assert config.find(Path("a.toml"), environ) == tmp_path / "a.toml"
    assert config.find(None, environ) == tmp_path / "b.toml"
    assert config.find(None, {}) == tmp_path / "config.toml"
    assert config.find(tmp_path, {}) == tmp_path / "config.toml"


@pytest.mark.parametrize(("option", "environ"), [(None, {}), (Path("x.toml"), {}), (None, {"DIGEST_CONFIG": "x.toml"})])
def test_a_missing_file_says_how_to_get_one(tmp_path, monkeypatch, option, environ):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"there is no such file.*`digest init` writes one"):
        config.find(option, environ)
    with pytest.raises(ConfigError, match="`digest init`"):
        config.load(tmp_path / "x.toml")


# --- Any text at all ---

READERS = [
    units.duration, units.size, units.clock, units.zone, units.web_address, units.site_address, units.contact,
    units.host, units.endpoint, units.exception, units.mail_address, units.one_line, units.variable, units.language,
    units.member,
]  # fmt: skip


@given(st.text() | st.from_regex(r"[a-z]{0,5}:?/?/?\[?[0-9a-f:.@%]{0,12}\]?(:\d{0,6})?", fullmatch=True))
def test_any_text_is_a_value_or_a_sentence(text):
    for reader in READERS:
        try:
            said = str(reader(text))
        except ValueError as error:
            said = str(error)
        assert not set(said) & set("\n\r\x1b\x00")


@given(st.timedeltas(timedelta(0), timedelta(days=90)))
def test_a_duration_is_read_as_it_is_spelt(length):
    length -= timedelta(microseconds=length.microseconds)
    assert units.duration(units.spelt(length)) == length


def test_the_address_of_the_pages_has_no_slash_at_its_end(tmp_path):
    (tmp_path / "config.toml").write_text('[web]\nbase_url = "https://news.example.org/paper/"\n[digests.daily]\n')
    assert config.load(tmp_path / "config.toml").web.base_url == "https://news.example.org/paper"


def test_an_address_is_kept_but_for_its_fragment():
    assert units.web_address("https://me:p@example.org:8443/a b".replace(" ", "%20") + "?x=1#top") == (
        "https://me:p@example.org:8443/a%20b?x=1"
    )


@pytest.mark.parametrize(
    "text",
    [
        '[transports.m]\ntype = "smtp"\nhost = "me:hunter2@mail.example"',
        '[fetch]\nallow = ["http://me:hunter2@h/?t=hunter2"]',
    ],
)
def test_a_secret_written_into_the_wrong_place_is_not_repeated(mistakes, text):
    told = mistakes(text)
    assert told
    assert "hunter2" not in "".join(told)


# --- Logins of feeds, and a proxy ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ('auth_user = "me"', "auth_user: a login needs its password; name a file with auth_password_file"),
        ('auth_password_env = "P"', "auth_password_env: a password needs its user name; add auth_user"),
        (
            'auth_user = "me"\nauth_password_env = "P"\nauth_password_file = "p"',
            "auth_password_env: auth_password_file is there already; keep one of them",
        ),
        ('auth_user = "me"\nauth_password_env = "hunter2!"', "auth_password_env: this is not the name of an"),
    ],
)
def test_mistakes_in_the_login_of_a_feed_are_told_without_its_address(mistakes, keys, line):
    (told,) = mistakes(f'[[feeds]]\nurl = "https://paper.example/rss?token=hunter2"\n{keys}')
    assert line in told
    assert "hunter2" not in told


def test_a_login_stands_in_the_address_or_in_the_keys(mistakes):
    keys = 'auth_user = "me"\nauth_password_env = "P"'
    (told,) = mistakes(f'[[feeds]]\nurl = "https://you:hunter2@paper.example/rss"\n{keys}')
    assert "auth_user: the address holds a user name already; keep one of them" in told
    assert "hunter2" not in told


def test_a_feeds_password_is_not_published(mistakes):
    (told,) = mistakes(
        """
        [[feeds]]
        url = "https://paper.example/rss"
        auth_user = "me"
        auth_password_file = "public/password"
        [transports.site]
        type = "files"
        folder = "public"
        """
    )
    assert told.startswith("transports.site.folder: would publish the password of paper.example")


def test_the_login_of_a_feed_is_read_when_it_is_needed(tmp_path):
    (tmp_path / "p").write_text("hunter2\n")
    url = "https://paper.example/rss"
    assert config.login(config.Feed(url=url)) is None
    by_file = config.Feed(url=url, auth_user="me", auth_password_file=tmp_path / "p")
    assert config.login(by_file) == ("me", "hunter2")
    by_env = config.Feed(url=url, auth_user="me", auth_password_env="P")
    assert config.login(by_env, {"P": "hunter2"}) == ("me", "hunter2")
    with pytest.raises(ConfigError, match="auth_password_env: no such variable is set"):
        config.login(by_env, {})


@pytest.mark.parametrize(
    "proxy", ["https://proxy.lan:3128", "socks5://proxy.lan", "http://me:hunter2@proxy.lan:3128", "http://proxy.lan/x"]
)
def test_a_proxy_is_a_host_and_a_port(load, mistakes, proxy):
    assert load('[fetch]\nproxy = "http://proxy.lan:3128"').fetch.proxy == "http://proxy.lan:3128"
    (told,) = mistakes(f'[fetch]\nproxy = "{proxy}"')
    assert told.startswith("fetch.proxy: ")
    assert "hunter2" not in told


def test_the_password_and_the_token_of_the_pages_are_not_published(mistakes):
    (told,) = mistakes(
        """
        [web]
        password_file = "public/password"
        token_file = "public/token"
        [transports.site]
        type = "files"
        folder = "public"
        """
    )
    assert told.startswith("transports.site.folder: would publish the password of [web] and the token of [web]")


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('identity_header = "Remote-User"\nowners = ["me"]', "anybody could send this header"),
        (
            'identity_header = "Remote-User"\nowners = ["me"]\ntrusted_proxies = ["127.0.0.1", "::/0"]',
            "anybody could send this header",
        ),
        ('identity_header = "Remote-User"\ntrusted_proxies = ["127.0.0.1"]', "nobody would be the owner"),
        ('owners = ["me"]', "these names come with identity_header"),
        ('password_file = "a"\npassword_env = "B"', "password_file is there already"),
        ("protected = true", "nobody could read the pages"),
    ],
)
def test_half_a_way_in_is_told(mistakes, lines, told):
    [found] = mistakes(f"{HOUSES}[web]\n{lines}")
    assert told in found


def test_a_whole_way_in_is_taken(load):
    lines = 'identity_header = "Remote-User"\nowners = ["me"]\ntrusted_proxies = ["127.0.0.1"]\nprotected = true'
    assert load(f"{HOUSES}[web]\n{lines}").web.owners == ("me",)
    assert load(f'{HOUSES}[web]\ntrusted_proxies = ["0.0.0.0/0"]').web.trusted_proxies == ("0.0.0.0/0",)
