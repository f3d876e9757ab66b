import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds import addresses

# Every block of the IANA special-purpose registries, v4 and v6, with multicast: (block, may be asked).
# Asked is what they call globally reachable, but for the few addresses inside 192.0.0.0/24 and 2001::/23, where
# protocols live and no feeds do. Blocks that stand for IPv4 addresses are judged by these, see below.
REGISTRY = [
    ("0.0.0.0/8", False), ("0.0.0.0/32", False), ("10.0.0.0/8", False), ("100.64.0.0/10", False),
    ("127.0.0.0/8", False),
    ("169.254.0.0/16", False), ("172.16.0.0/12", False), ("192.0.0.0/24", False), ("192.0.0.0/29", False),
    ("192.0.0.8/32", False), ("192.0.0.9/32", False), ("192.0.0.10/32", False), ("192.0.0.170/32", False),
    ("192.0.0.171/32", False), ("192.0.2.0/24", False), ("192.31.196.0/24", True), ("192.52.193.0/24", True),
    ("192.88.99.0/24", False), ("192.168.0.0/16", False), ("192.175.48.0/24", True), ("198.18.0.0/15", False),
    ("198.51.100.0/24", False), ("203.0.113.0/24", False), ("224.0.0.0/4", False), ("240.0.0.0/4", False),
    ("255.255.255.255/32", False),
    ("::1/128", False), ("::/128", False), ("64:ff9b:1::/48", False), ("100::/64", False), ("100:0:0:1::/64", False),
    ("2001::/23", False), ("2001::/32", False), ("2001:1::1/128", False), ("2001:1::2/128", False),
    ("2001:1::3/128", False), ("2001:2::/48", False), ("2001:3::/32", False), ("2001:4:112::/48", False),
    ("2001:10::/28", False), ("2001:20::/28", False), ("2001:30::/28", False), ("2001:db8::/32", False),
    ("2620:4f:8000::/48", True), ("3fff::/20", False), ("5f00::/16", False), ("fc00::/7", False),
    ("fe80::/10", False), ("fec0::/10", False), ("ff00::/8", False),
]  # fmt: skip


@pytest.mark.parametrize(("block", "reachable"), REGISTRY)
def test_special_purpose_blocks_are_allowed_only_where_globally_reachable(block, reachable):
    network = ipaddress.ip_network(block)
    for address in (network[0], network[-1], network[network.num_addresses // 2], network[network.num_addresses // 3]):
        assert (addresses.refusal(str(address)) is None) == reachable


@pytest.mark.parametrize("wrapper", ["::ffff:0:0/96", "64:ff9b::/96", "2002::/16"])
@pytest.mark.parametrize(("block", "reachable"), [row for row in REGISTRY if ":" not in row[0]])
def test_blocks_that_stand_for_ipv4_addresses_are_judged_by_these(wrapper, block, reachable):
    network, inner = ipaddress.ip_network(wrapper), ipaddress.ip_network(block)
    for address in (inner[0], inner[-1]):
        shifted = int(address) << (128 - 16 - 32 if wrapper == "2002::/16" else 0)
        assert (addresses.refusal(str(ipaddress.IPv6Address(int(network[0]) | shifted))) is None) == reachable


@pytest.mark.parametrize(
    "address", ["9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0",
                "192.167.255.255", "192.169.0.0", "223.255.255.255", "8.8.8.8", "2606:4700::1111", "2a00:1450:4001::8"]
)  # fmt: skip
def test_addresses_beside_the_blocks_are_allowed(address):
    assert addresses.refusal(address) is None


@pytest.mark.parametrize(
    "template", ["::ffff:{}", "64:ff9b::{}", "2002:{hex}::1"], ids=["mapped", "nat64", "6to4"]
)  # fmt: skip
@pytest.mark.parametrize("inner", ["127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.1.1", "100.64.0.1", "0.0.0.0"])
def test_an_inner_address_is_judged_whatever_wraps_it(template, inner):
    def wrapped(address):
        packed = ipaddress.IPv4Address(address).packed.hex()
        return template.format(address, hex=f"{packed[:4]}:{packed[4:]}")

    assert addresses.refusal(wrapped(inner))
    assert addresses.refusal(wrapped("8.8.8.8")) is None
    assert addresses.is_metadata(wrapped("169.254.169.254"))


def test_old_wrappings_are_refused_altogether():
    assert addresses.refusal("::8.8.8.8")
    assert addresses.refusal("::ffff:0:8.8.8.8")
    assert addresses.refusal("2001:0:4136:e378:8000:63bf:3fff:fdd2")


@given(st.ip_addresses(v=4))
def test_nothing_python_calls_private_is_allowed(address):
    if address.is_private or address.is_multicast or address.is_loopback or address.is_link_local:
        assert addresses.refusal(str(address)) or str(address) in {"192.0.0.9", "192.0.0.10"}


@given(st.text())
def test_what_is_no_address_is_refused(text):
    try:
        ipaddress.ip_address(text)
    except ValueError:
        assert addresses.refusal(text)


def test_a_scope_does_not_hide_a_link_local_address():
    assert addresses.refusal("fe80::1%eth0") == "a link-local address"


def test_exceptions_name_a_host_or_one_of_its_ports():
    listed = addresses.exceptions(["NAS.lan", "127.0.0.1:8001", "[::1]:8080", "fd00::7", "bücher.lan:80"])
    assert addresses.covers(listed, "nas.lan", 1234)
    assert addresses.covers(listed, "nas.lan.", 80)
    assert addresses.covers(listed, "127.0.0.1", 8001)
    assert not addresses.covers(listed, "127.0.0.1", 8002)
    assert not addresses.covers(listed, "localhost", 8001)
    assert addresses.covers(listed, "0:0:0:0:0:0:0:1", 8080)
    assert addresses.covers(listed, "fd00:0::7", 80)
    assert addresses.covers(listed, "xn--bcher-kva.lan", 80)
    assert not addresses.covers(listed, "evil-nas.lan", 80)


def test_only_an_exception_that_names_the_port_opens_the_port_of_another_service():
    listed = addresses.exceptions(["nas.lan", "box.lan:5432"])
    assert addresses.service(5432) == "database"
    assert not addresses.names_port(listed, "nas.lan", 5432)
    assert addresses.names_port(listed, "box.lan", 5432)


def test_usual_ports_belong_to_no_other_service():
    assert [port for port in (80, 443, 8000, 8080, 8443, 3000, 5000) if addresses.service(port)] == []
    assert all(map(addresses.service, (21, 22, 23, 25, 110, 143, 465, 587, 993, 995, 3306, 5432, 6379, 11211, 27017)))
