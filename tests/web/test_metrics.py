"""What Prometheus reads, through the service and its store."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.asgi import ask
from support.feedserver import Answer, FeedServer
from support.world import World, item

from digest import config
from digest.cli.service import Service
from digest.pipeline.types import Ending
from digest.store import Store
from digest.web.access_log import Answered
from digest.web.app import make_app
from digest.web.metrics import Metrics

NOW = datetime(2023, 10, 13, 7, 0, tzinfo=UTC)


class Never:
    def is_set(self) -> bool:
        return False


def never() -> Ending:
    return Never()


def values(text: bytes) -> dict[str, float]:
    """Each sample as it is written, by name and labels."""
    return {
        f"{sample.name}{{{','.join(f'{name}={value}' for name, value in sorted(sample.labels.items()))}}}": sample.value
        for one in text_string_to_metric_families(text.decode())
        for sample in one.samples
    }


@pytest.fixture
def service(tmp_path: Path):
    with FeedServer() as server:
        world = World(tmp_path, server)
        world.feed("alpha", item("Dam breaks above Vellmoor"), item("Ferry runs aground off Skerry"))
        world.feed("s3cretpath/f", answer=Answer(status=404))
        world.configure()
        assert world.digest("run", "--now", f"{NOW:%Y-%m-%dT%H:%M:%SZ}").code == 0
        yield Service(config.load(tmp_path / "config.toml"), lambda: NOW + timedelta(hours=3))


def test_what_is_stored_is_counted_without_a_name_or_an_address(service: Service) -> None:
    text = service.measured()
    found = values(text)
    assert found["digest_up{}"] == 1
    assert found["digest_items{}"] == found["digest_stories{}"] == found["digest_threads{}"] == 2
    assert found["digest_feeds{state=fine}"] == found["digest_feeds{state=failing}"] == 1
    assert found["digest_feeds{state=paused}"] == 0
    assert found["digest_editions{digest=daily}"] == 1
    assert found["digest_deliveries{state=sent}"] == 2
    for name in ("digest_last_poll_timestamp_seconds{}", "digest_last_edition_timestamp_seconds{digest=daily}"):
        assert NOW.timestamp() < found[name] < NOW.timestamp() + 30
    assert found["digest_database_bytes{}"] > 4096
    for secret in (b"s3cretpath", b"127.0.0.1", b"Alpha", b"me@example.org"):
        assert secret not in text


def test_polls_and_requests_of_this_process_are_counted(service: Service) -> None:
    before = values(service.measured())
    assert "digest_polls_total{outcome=unchanged}" not in before
    service.poll(never())
    service.observe(Answered("search", 200, 0.02))
    service.observe(Answered("search", 404, 0.3))
    found = values(service.measured())
    assert found["digest_polls_total{outcome=unchanged}"] == found["digest_polls_total{outcome=failed}"] == 1
    assert found["digest_poll_seconds_count{}"] == 2
    assert found["digest_poll_round_seconds_count{}"] == 1
    assert found["digest_request_seconds_count{page=search,status=200}"] == 1
    assert found["digest_request_seconds_bucket{le=0.025,page=search,status=200}"] == 1
    assert found["digest_request_seconds_bucket{le=0.25,page=search,status=404}"] == 0


def test_a_database_that_cannot_be_read_is_told_and_the_rest_stays(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('database = "nowhere/digest.db"\n')
    service = Service(config.load(tmp_path / "config.toml"), lambda: NOW)
    service.observe(Answered("front", 200, 0.02))
    found = values(service.measured())
    assert found["digest_up{}"] == 0
    assert found["digest_request_seconds_count{page=front,status=200}"] == 1


def test_the_names_follow_the_rules_of_prometheus() -> None:
    metrics = Metrics()
    metrics.polled("read", 0.5)
    for line in metrics.text(None).decode().splitlines():
        if not line.startswith("#"):
            assert re.fullmatch(r"digest_[a-z_]+(\{[^}]*\})? \S+", line), line


def asked(address: str, path: str, client: str = "127.0.0.1") -> tuple[int, str]:
    app = make_app(lambda visit: None, lambda: {"status": "ok"}, address=address, measured=lambda: b"digest_up 1.0\n")
    answer = ask(app, path, client=client)
    return answer.status, answer.headers.get("content-type", "")


def test_they_are_there_for_whoever_reaches_a_page_that_only_this_machine_sees() -> None:
    assert asked("127.0.0.1:8080", "/metrics") == (200, "text/plain; version=0.0.4; charset=utf-8")


def test_they_are_hidden_from_strangers_once_the_page_is_bound_to_more() -> None:
    assert asked("0.0.0.0:8080", "/metrics", "192.0.2.7")[0] == 401


# --- health of a process that only shows ---


@pytest.mark.parametrize(("hours", "status"), [(3, "ok"), (24, "ok"), (26, "stuck")])
def test_pages_alone_are_well_while_somebody_polls_at_least_daily(service: Service, hours: int, status: str) -> None:
    only = Service(service.settings, lambda: NOW + timedelta(hours=hours), schedules=False)
    assert only.health()["status"] == status


def test_pages_alone_are_well_before_the_first_poll_and_where_no_feed_is_to_be_asked(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[[feeds]]\nurl = "https://example.org/feed"\n')
    settings = config.load(tmp_path / "config.toml")
    Store.open(settings.database).close()
    assert Service(settings, lambda: NOW, schedules=False).health()["status"] == "ok"


def test_health_has_counts_and_no_names(service: Service) -> None:
    facts = dict(service.health(moving=False))
    assert datetime.fromisoformat(facts.pop("last_poll")).date() == NOW.date()
    assert facts == {
        "status": "stuck", "feeds": 2, "feeds_failing": 1, "deliveries_waiting": 0, "digests_silent": 0,
    }  # fmt: skip
