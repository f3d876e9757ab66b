"""The process that parses: killed when it must be, and never in the way."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from digest.errors import DigestError
from digest.feeds import worker
from digest.feeds.worker import Worker, Workers
from digest.model import ParsedFeed, Unreadable

NOW = datetime(2023, 10, 13, 6, 0, tzinfo=UTC)
GOOD = b"""<rss version="2.0"><channel><title>World</title><link>https://w.example/</link>
<item><title>Containers</title><link>https://w.example/1</link><guid>1</guid></item></channel></rss>"""
ATTRIBUTES = b" ".join(b'a%d="x"' % n for n in range(50_000))
HOSTILE = b'<rss version="2.0"><channel><title>t</title><item><title %s>x</title></item></channel></rss>' % ATTRIBUTES


def titles(parsed):
    assert isinstance(parsed, ParsedFeed), parsed
    return [item.title for item in parsed.items]


def parse(one, body):
    return asyncio.run(one.parse(body, "https://w.example/feed", "application/rss+xml", NOW))


def child_of(one):
    assert one._child is not None
    return one._child.pid


def processor_time(pid):
    """Seconds that a process has worked; 0 for one that is gone."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return True


def gone_within(pid, seconds):
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(pid)


def test_documents_come_back_parsed_by_one_and_the_same_child():
    with Worker() as one:
        assert titles(parse(one, GOOD)) == ["Containers"]
        first = child_of(one)
        assert isinstance(parse(one, b"<html><body>no</body></html>"), Unreadable)
        assert titles(parse(one, GOOD)) == ["Containers"]
        assert child_of(one) == first
    assert not alive(first)


def test_no_child_is_started_before_the_first_document():
    with Worker() as one:
        assert one._child is None


def test_a_document_that_takes_too_long_is_given_up_and_the_next_one_parses():
    with Worker(limit=timedelta(seconds=1.5)) as one:
        parse(one, GOOD)
        first = child_of(one)
        begun = time.monotonic()
        answer = parse(one, HOSTILE)
        took = time.monotonic() - begun
        assert answer == Unreadable("reading it took longer than 1.5 s; it was given up")
        assert 1.4 < took < 4
        assert not alive(first)
        assert titles(parse(one, GOOD)) == ["Containers"]


def test_documents_that_take_long_keep_only_each_other_waiting():
    async def main():
        with Workers() as both:
            done = []

            async def read(name, body):
                await both.parse(body, "https://w.example/", None, NOW)
                done.append(name)

            slow = [asyncio.create_task(read(f"slow {n}", HOSTILE)) for n in range(3)]
            await asyncio.sleep(0.1)
            begun = time.monotonic()
            await asyncio.gather(*(read("good", GOOD) for _ in range(20)))
            took = time.monotonic() - begun
            for task in slow:
                task.cancel()
        assert done == ["good"] * 20
        return took

    assert asyncio.run(main()) < 15


def test_what_is_not_read_quickly_is_read_slowly(monkeypatch):
    monkeypatch.setattr(worker, "QUICK", timedelta(seconds=0.2))
    some = b" ".join(b'a%d="x"' % n for n in range(8_000))
    body = GOOD.replace(b"<title>Containers", b"<title %s>Containers" % some)

    async def main():
        with Workers() as both:
            return await both.parse(body, "https://w.example/", None, NOW)

    assert titles(asyncio.run(main())) == ["Containers"]


def test_the_event_loop_goes_on_while_a_document_is_parsed():
    async def main():
        with Worker(limit=timedelta(seconds=1)) as one:
            parsing = asyncio.create_task(one.parse(HOSTILE, "https://w.example/", None, NOW))
            beats = 0
            while not parsing.done():
                await asyncio.sleep(0.005)
                beats += 1
            return beats

    assert asyncio.run(main()) > 50


def test_many_documents_at_once_are_parsed_in_their_order_around_a_hostile_one():
    async def main():
        with Worker(limit=timedelta(seconds=1.5)) as one:
            bodies = [GOOD] * 5 + [HOSTILE] + [GOOD] * 5
            return await asyncio.gather(*(one.parse(body, "https://w.example/", None, NOW) for body in bodies))

    answers = asyncio.run(main())
    assert [isinstance(answer, ParsedFeed) for answer in answers] == [True] * 5 + [False] + [True] * 5


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to its address space")
def test_a_document_that_takes_too_much_memory_is_given_up_and_the_next_one_parses():
    items = b"<item><title>x</title><description>%s</description></item>" % (b"word " * 400_000)
    large = b"<rss version='2.0'><channel><title>t</title>%s</channel></rss>" % (items * 20)
    with Worker(memory=150_000_000) as one:
        assert titles(parse(one, GOOD)) == ["Containers"]
        answer = parse(one, large)
        assert isinstance(answer, Unreadable)
        assert "memory" in answer.reason.lower()
        assert titles(parse(one, GOOD)) == ["Containers"]


def test_a_child_that_was_killed_between_two_documents_costs_neither():
    with Worker() as one:
        parse(one, GOOD)
        os.kill(child_of(one), signal.SIGKILL)
        assert titles(parse(one, GOOD)) == ["Containers"]


def test_a_child_that_dies_twice_over_one_document_is_that_documents_failure():
    with Worker(limit=timedelta(seconds=30)) as one:
        parse(one, GOOD)
        started = processor_time(child_of(one))
        ending = threading.Event()

        def assassin():
            """Kills whoever has worked longer than it takes to start and to read a small document."""
            while not ending.is_set():
                child = one._child
                if child is not None and processor_time(child.pid) > started + 0.4:
                    child.kill()
                time.sleep(0.01)

        killing = threading.Thread(target=assassin)
        killing.start()
        answer = parse(one, HOSTILE)
        ending.set()
        killing.join()
        assert answer == Unreadable(worker.CRASHED)
        assert titles(parse(one, GOOD)) == ["Containers"]


def test_closing_in_the_middle_of_a_document_is_quick_and_ends_the_child():
    async def main():
        one = Worker()
        await one.parse(GOOD, "https://w.example/", None, NOW)
        child = child_of(one)
        parsing = asyncio.create_task(one.parse(HOSTILE, "https://w.example/", None, NOW))
        await asyncio.sleep(0.3)
        begun = time.monotonic()
        one.close()
        assert time.monotonic() - begun < 1
        assert await parsing == Unreadable(worker.BROKEN_OFF)
        assert not alive(child)

    asyncio.run(main())


def test_a_worker_works_in_a_thread_that_is_not_the_main_one():
    answers = []

    def run():
        with Worker() as one:
            answers.append(parse(one, GOOD))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert titles(answers[0]) == ["Containers"]


def test_where_no_child_can_be_started_the_operator_is_told(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with Worker() as one, pytest.raises(DigestError, match="the process that reads feeds cannot be started"):
        parse(one, GOOD)


PARENT = """
    import asyncio, sys
    from datetime import UTC, datetime
    from digest.feeds.worker import Worker, Workers

    async def main():
        with Worker() as one:
            body = {body}
            more = "https://w.example/", None, datetime.now(UTC)
            await one.parse(b"<rss version='2.0'><channel><title>t</title></channel></rss>", *more)
            print(one._child.pid, flush=True)
            await one.parse(body, *more)

    asyncio.run(main())
"""


@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_child_ends_with_its_parent_however_that_ends(kill, tmp_path):
    """The parent has no ``if __name__`` guard: the child must not run it again."""
    body = "b'<rss version=\"2.0\"><channel><item><title ' + b' '.join(b'a%d=\"x\"' % n for n in range(50_000)) + b'/>'"
    script = tmp_path / "parent.py"
    script.write_text(textwrap.dedent(PARENT.format(body=body)))
    with subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as parent:
        child = int(parent.stdout.readline())
        time.sleep(0.3)
        assert alive(child)
        parent.send_signal(kill)
        parent.wait(60)
        assert gone_within(child, 3)


def test_the_child_loads_neither_the_network_nor_the_database_nor_the_configuration():
    code = textwrap.dedent("""
        import sys
        import digest.feeds.child, digest.feeds.parse
        print(*sorted({"aiohttp", "digest.config", "sqlite_utils", "asyncio", "rich", "click"} & set(sys.modules)))
    """)
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert loaded == []
