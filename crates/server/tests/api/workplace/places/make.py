"""Writes places.mmdb, a tiny database of places in MaxMind's format, for the tests.

    pip install mmdb_writer netaddr
    python make.py

The networks are those that RFC 5737 and RFC 3849 set aside for documentation.
"""

from pathlib import Path

from mmdb_writer import MMDBWriter
from netaddr import IPSet

PLACES = {
    "192.0.2.0/24": ("Germany", "DE", "Cologne"),
    "198.51.100.0/24": ("Kenya", "KE", None),
    "2001:db8:1::/48": ("France", "FR", "Lyon"),
}

writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="Test-City", languages=["en"], int_type="u32")
for network, (country, code, city) in PLACES.items():
    record = {"country": {"iso_code": code, "names": {"en": country}}}
    if city:
        record["city"] = {"names": {"en": city}}
    writer.insert_network(IPSet([network]), record)
writer.to_db_file(str(Path(__file__).with_name("places.mmdb")))
