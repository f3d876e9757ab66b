"""Alarm: tell the owner, by another way, what the digests themselves cannot tell.

    an edition cannot be made, or no mail of a digest arrives, for [alarm] `after`   once, and again each week it lasts
    it works again                                                                   once, to whom the first was told
    a reader unsubscribed                                                            once

Each matter is a row, so that two processes tell it once and a message that failed is tried again, an hour later.
Nothing here raises: an alarm that fails must not add to the trouble.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..config import Config
from ..editions import owner
from ..editions.owner import Notice
from ..model import Verdict
from ..store import Alarm, Store, Undelivered
from ..units import mailbox
from .types import Clock

log = logging.getLogger(__name__)

AGAIN = timedelta(hours=1)
"""Until a message that nobody took is tried again."""
REMIND = timedelta(days=7)
"""Until a matter that lasts is told again: one lost message must not mean silence for good."""
EARLY = timedelta(hours=1)
"""A run at the same time each day comes a little early now and then."""

UNMADE, UNDELIVERED, UNSUBSCRIBED = "unmade", "undelivered", "unsubscribed"


@dataclass(frozen=True, slots=True)
class _Matter:
    """What is to be told, and the row that remembers whether it was."""

    alarm: Alarm
    notice: Notice
    recipient: int | None = None
    """Of one who unsubscribed."""


def watch(
    store: Store,
    settings: Config,
    clock: Clock,
    *,
    made: Collection[str] = (),
    failed: Mapping[str, str] | None = None,
    reported: bool = True,
) -> tuple[str, ...]:
    """Tells what there is to tell, and returns it in a line each for the report of this run.

    ``made`` are digests that could be made just now, ``failed`` those that could not, with the reason. Without an
    alarm in the configuration the report is the only way, if it is ``reported`` to a person at all.
    """
    try:
        return tuple(_watch(store, settings, clock(), made, failed or {}, reported))
    except Exception:
        log.exception("alarm: what there is to tell could not be told")
        return ()


def silent(store: Store, settings: Config, now: datetime) -> list[Notice]:
    """Digests that are silent for longer than ``after``, as far as known; writes nothing."""
    found = []
    for alarm in store.alarms.open():
        if alarm.kind == UNMADE and alarm.about in settings.digests and _is_old(alarm.since, settings, now):
            why = "`digest check` and the next run tell it"
            found.append(_unmade(settings, alarm.about, alarm.since, why))
    found += [_undelivered(settings, one) for one in _stuck(store, settings, now)]
    return found


def undelivered(store: Store, settings: Config) -> list[Undelivered]:
    """Digests of whose last mails none arrived, by transports that they still use."""
    return [
        one
        for one in store.alarms.undelivered()
        if one.digest in settings.digests and one.transport in settings.digests[one.digest].deliver
    ]


def is_configured(settings: Config) -> bool:
    """Whether there is any way to tell."""
    return settings.alarm.transport is not None or settings.alarm.command is not None


# --- What there is to tell ------------------------------------------------------------------------


def _watch(
    store: Store, settings: Config, now: datetime, made: Collection[str], failed: Mapping[str, str], reported: bool
) -> Iterator[str]:
    matters = [
        *_those_unmade(store, settings, now, failed),
        *_those_undelivered(store, settings, now),
        *_those_unsubscribed(store, settings),
    ]
    if is_configured(settings):
        yield from _over(store, settings, now, made, matters)
        yield from _tell(store, settings, now, matters)
        return
    for alarm in _ended(store, settings, made, matters):
        store.alarms.end(alarm, now)
    for matter in matters if reported else ():
        if matter.recipient is not None:
            _known(store, matter, now)
            yield matter.notice.words[0]


def _those_unmade(store: Store, settings: Config, now: datetime, failed: Mapping[str, str]) -> Iterator[_Matter]:
    for name, why in failed.items():
        alarm = store.alarms.begin(UNMADE, name, now)
        if _is_old(alarm.since, settings, now):
            yield _Matter(alarm, _unmade(settings, name, alarm.since, why))


def _those_undelivered(store: Store, settings: Config, now: datetime) -> Iterator[_Matter]:
    begun = {
        (one.digest, one.transport): store.alarms.begin(UNDELIVERED, f"{one.digest}/{one.transport}", one.since)
        for one in _stuck(store, settings, now)
    }
    # Looked at again, since another process may have ended the matter in between: what begins anew then is not true.
    for one in _stuck(store, settings, now) if begun else ():
        if alarm := begun.get((one.digest, one.transport)):
            yield _Matter(alarm, _undelivered(settings, one))


def _those_unsubscribed(store: Store, settings: Config) -> Iterator[_Matter]:
    begun = {
        one.id: store.alarms.begin(UNSUBSCRIBED, f"{one.digest}/{one.address}", one.unsubscribed)
        for one in store.recipients.untold()
        if one.unsubscribed is not None
    }
    for one in store.recipients.untold() if begun else ():
        alarm = begun.get(one.id)
        if alarm is None or one.unsubscribed is None:
            continue
        title = _title(settings, one.digest)
        notice = owner.unsubscribed(title, one.digest, one.address, one.unsubscribed, settings.timezone)
        yield _Matter(alarm, notice, one.id)


def _stuck(store: Store, settings: Config, now: datetime) -> list[Undelivered]:
    """Digests of whose mails none arrived for too long."""
    return [one for one in undelivered(store, settings) if _is_old(one.since, settings, now)]


def _is_old(since: datetime, settings: Config, now: datetime) -> bool:
    return now - since >= settings.alarm.after - EARLY


def _unmade(settings: Config, name: str, since: datetime, why: str) -> Notice:
    return owner.unmade(_title(settings, name), name, since, why, settings.timezone)


def _undelivered(settings: Config, one: Undelivered) -> Notice:
    error = one.error or "nothing yet"
    title = _title(settings, one.digest)
    return owner.undelivered(title, one.digest, one.transport, one.since, one.mails, error, settings.timezone)


def _title(settings: Config, name: str) -> str:
    return settings.digests[name].title if name in settings.digests else name


# --- Telling it ------------------------------------------------------------------------------------


def _tell(store: Store, settings: Config, now: datetime, matters: Sequence[_Matter]) -> Iterator[str]:
    ids = [matter.alarm.id for matter in matters]
    claimed = store.alarms.claim(ids, now, tried=now - AGAIN, told=now - REMIND) if ids else []
    if not claimed:
        return
    mine = [matter for matter in matters if matter.alarm.id in {alarm.id for alarm in claimed}]
    subject, text = owner.message([matter.notice for matter in mine], str(settings.path))
    problem = _send(settings, subject, text, _key(claimed), claimed[0].since, now)
    if problem is not None:
        store.alarms.failed(claimed, problem)
        yield f"the owner could not be told '{subject}': {problem}; it is tried again in an hour"
        return
    store.alarms.told(claimed, now)
    for matter in mine:
        _known(store, matter, now)
    yield f"the owner was told: {subject}"


def _known(store: Store, matter: _Matter, now: datetime) -> None:
    """The owner knows of somebody who unsubscribed, which is all there is to it.

    The reader's row first: who finds the matter ended, finds nobody untold, also after a kill in between.
    """
    if matter.recipient is not None:
        store.recipients.told(matter.recipient, now)
        store.alarms.end(matter.alarm, now)


def _over(
    store: Store, settings: Config, now: datetime, made: Collection[str], matters: Sequence[_Matter]
) -> Iterator[str]:
    """Closes what has ended; to whom it was told it is told once that it is over."""
    over = [alarm for alarm in _ended(store, settings, made, matters) if store.alarms.end(alarm, now) and alarm.told]
    headlines = [_headline(settings, alarm) for alarm in over if _works_again(store, settings, alarm)]
    if not headlines:
        return
    subject, text = owner.message([owner.works_again(headlines)], str(settings.path))
    problem = _send(settings, subject, text, f"{_key(over)}-over", over[0].since, now)
    yield f"the owner was told: {subject}" if problem is None else f"the owner could not be told '{subject}': {problem}"


def _ended(store: Store, settings: Config, made: Collection[str], matters: Sequence[_Matter]) -> Iterator[Alarm]:
    """Open matters that are over: the digest could be made, a mail arrived, or the digest is no more."""
    lasting = {matter.alarm.id for matter in matters}
    for alarm in store.alarms.open():
        if alarm.kind == UNMADE:
            if alarm.about in made or alarm.about not in settings.digests:
                yield alarm
        elif alarm.id not in lasting:
            yield alarm


def _works_again(store: Store, settings: Config, alarm: Alarm) -> bool:
    """Whether it ended well: what was taken out of the configuration, or let go by hand, does not work again."""
    name, _, transport = alarm.about.partition("/")
    digest = settings.digests.get(name)
    if alarm.kind == UNSUBSCRIBED or digest is None or transport not in ("", *digest.deliver):
        return False
    return alarm.kind != UNDELIVERED or store.alarms.has_arrived(name, transport, alarm.since)


def _headline(settings: Config, alarm: Alarm) -> str:
    name, _, transport = alarm.about.partition("/")
    title = _title(settings, name)
    if alarm.kind == UNMADE:
        return _unmade(settings, name, alarm.since, "").headline
    return owner.undelivered(title, name, transport, alarm.since, 0, "", settings.timezone).headline


def _key(alarms: Sequence[Alarm]) -> str:
    """The same for each try of one message, so that a mailbox can drop the copy; another for a reminder."""
    told = " ".join(f"{alarm.id} {alarm.told}" for alarm in alarms)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _send(settings: Config, subject: str, text: str, key: str, since: datetime, now: datetime) -> str | None:
    """By every way there is; None when one of them took it, else what went wrong."""
    alarm = settings.alarm
    first = next(iter(settings.digests.values()))
    from ..editions.message import message_id, named, to_bytes, word
    from .sending import Transports, beside_the_ledger

    sender = named(alarm.sender or first.sender, first.title)
    wrong, taken = [], False
    with ExitStack() as stack:
        transports = Transports(settings, stack)
        for number, recipient in enumerate(alarm.to if alarm.transport else ()):
            identity = message_id(since, "alarm", f"{key}-{number}", mailbox(sender)[1].rpartition("@")[2])
            made = word(subject, text, sender=sender, recipient=recipient, message_id=identity, date=now)
            outcome = beside_the_ledger(
                transports, alarm.transport or "", to_bytes(made), key=identity, sender=sender, recipient=recipient
            )
            # One that may have arrived is not sent each hour.
            if outcome.verdict in {Verdict.TAKEN, Verdict.UNKNOWN}:
                taken = True
            else:
                wrong.append(f"{alarm.transport} to {recipient}: {outcome.detail}")
    if alarm.command:
        from ..deliver.notify import notify

        outcome = notify(alarm.command, f"{subject}\n\n{text}")
        if outcome.verdict is Verdict.TAKEN:
            taken = True
        else:
            wrong.append(outcome.detail or alarm.command[0])
    for line in wrong:
        log.warning("alarm: %s", line)
    return None if taken else "; ".join(wrong) or "[alarm] names nobody in `to`"


class Outage:
    """A process that runs and cannot even use its database: remembered in memory, since nothing else is left."""

    def __init__(self) -> None:
        self._since: datetime | None = None
        self._tried: datetime | None = None
        self._told: datetime | None = None

    @contextmanager
    def watched(self, settings: Config, clock: Clock) -> Iterator[None]:
        """Lets every error through, and tells the owner of those that last."""
        try:
            yield
        except Exception as error:
            try:
                self._failed(settings, str(error) or type(error).__name__, clock())
            except Exception:
                log.exception("alarm: an outage could not be told")
            raise
        self._since = self._tried = self._told = None

    def _failed(self, settings: Config, error: str, now: datetime) -> None:
        self._since = self._since or now
        if not is_configured(settings) or not _is_old(self._since, settings, now):
            return
        if (self._told and now - self._told < REMIND) or (self._tried and now - self._tried < AGAIN):
            return
        self._tried = now
        notice = owner.outage(self._since, error, settings.timezone)
        subject, text = owner.message([notice], str(settings.path))
        key = hashlib.sha256(f"{self._since} {self._told}".encode()).hexdigest()[:16]
        if _send(settings, subject, text, key, self._since, now) is None:
            self._told = now
