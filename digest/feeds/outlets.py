"""Who published an item: the key that outlets are counted by. Pure, and the only door to publicsuffixlist.

An outlet is a registrable domain; private suffixes count, so two blogs on one host are two outlets.
On platforms, where everybody publishes under one domain, the feed is the outlet.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from publicsuffixlist import PSLFILE, PublicSuffixList

from .links import host_of


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


_PLATFORMS = _set(
    "acast.com anchor.fm art19.com bilibili.com bsky.app bsky.social buzzsprout.com dailymotion.com dev.to "
    "facebook.com flickr.com fosstodon.org github.com gitlab.com hachyderm.io instagram.com linkedin.com "
    "mastodon.online mastodon.social mas.to medium.com megaphone.fm mixcloud.com mstdn.social odysee.com omny.fm "
    "patreon.com pinterest.com redd.it reddit.com rumble.com simplecast.com soundcloud.com spotify.com spreaker.com "
    "substack.com t.me telegra.ph telegram.org threads.net tiktok.com transistor.fm tumblr.com twitch.tv twitter.com "
    "vimeo.com vk.com weibo.com x.com youtu.be youtube.com"
)
"""Two of them give names of their own as well (below); what lies at their bare domain is still anybody's."""
_BLOG_HOSTS = _set(
    "beehiiv.com blogs.com dreamwidth.org fc2.com ghost.io libsyn.com livejournal.com micro.blog neocities.org "
    "over-blog.com podbean.com substack.com tistory.com tumblr.com typepad.com weebly.com wordpress.com write.as"
)
"""A name under each of these is somebody's own, though the public suffix list does not say so."""
_REDIRECTORS = _set(
    "bit.ly buff.ly dlvr.it feedblitz.com feedburner.com feedproxy.com feedsportal.com goo.gl ift.tt lnkd.in ow.ly "
    "rss.app t.co tinyurl.com"
)
_REDIRECTING_HOSTS = _set(
    "feedproxy.google.com feeds2.feedburner.com feeds.feedburner.com news.google.com news.url.google.com"
)


def outlet(item_url: str | None, *, feed_id: int, feed_url: str, site_url: str | None, source_url: str | None) -> str:
    """Registrable domain of the publisher, ``host:port`` on this machine or network, or ``feed:ID``.

    Asked in turn: an aggregator's ``<source>``, the item's link, the feed's site, the feed's own address.
    Addresses of redirectors and counters say nothing and are passed over.
    """
    for address in (source_url, item_url, site_url, feed_url):
        domain = _domain(_behind(address))
        if domain in _PLATFORMS:
            return f"feed:{feed_id}"
        if domain is not None:
            return domain
    return f"feed:{feed_id}"


def _behind(address: str | None) -> str | None:
    """The target of a ``google.com/url?url=`` link, as alerts carry them; other addresses unchanged."""
    if address and re.match(r"https?://www\.google\.[a-z.]{2,6}/url\?", address):
        query = parse_qs(urlsplit(address).query)
        return next((query[key][0] for key in ("url", "q") if key in query), None)
    return address


def _domain(address: str | None) -> str | None:
    """None where the address is missing or only a redirector."""
    where = host_of(address)
    return None if where is None else _domain_of(*where)


@lru_cache(1024)  # the items of a feed share their host
def _domain_of(host: str, port: int | None) -> str | None:
    if host in _REDIRECTING_HOSTS:
        return None
    domain = None if _is_ip(host) or "." not in host else _suffixes(host.rpartition(".")[2]).privatesuffix(host)
    if domain in _REDIRECTORS:
        return None
    if domain in _BLOG_HOSTS and host not in (domain, f"www.{domain}"):
        return host
    if domain is not None:
        return str(domain)
    # no registrable domain: an IP address, a machine's name, a bare suffix
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{port}" if port else shown


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


@cache
def _suffixes(last: str) -> PublicSuffixList:
    """The list as shipped with the library, as far as it bears on hosts whose last label is this one.

    A rule is about names that end as it does; to make the list of all 10,000 costs ten times as much.
    """
    if last.startswith("xn--"):  # the list writes those in their own letters
        return PublicSuffixList()
    return PublicSuffixList(_rules().get(last, ()))


@cache
def _rules() -> dict[str, list[str]]:
    """By the last label of each."""
    found: dict[str, list[str]] = {}
    for line in Path(PSLFILE).read_text("utf-8").splitlines():
        if line and not line.startswith("//"):
            found.setdefault(line.split(" ", 1)[0].rpartition(".")[2], []).append(line)
    return found
