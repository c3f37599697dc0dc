//! Addresses and ranges of addresses.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Deserializer};

/// A range in CIDR notation such as `10.0.0.0/8` or `fd00::/8`, or a single address. IPv4-mapped IPv6
/// addresses are IPv4 addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IpRange(IpNet);

impl IpRange {
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

impl FromStr for IpRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let range = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        let range = range.map_err(|_| {
            format!(
                "invalid address `{text}`: expected an IP address or a range such as `10.0.0.0/8`"
            )
        })?;
        let canonical = match (range.addr().to_canonical(), range.prefix_len().checked_sub(96)) {
            (IpAddr::V4(address), Some(length)) if range.addr().is_ipv6() => {
                Ipv4Net::new(address, length).map(IpNet::from).unwrap_or(range)
            }
            _ => range,
        };
        Ok(Self(canonical))
    }
}

impl<'de> Deserialize<'de> for IpRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The addresses that one client controls: an IPv4 address, or the /64 network of an IPv6 address.
pub(crate) fn client_network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_contain_ipv4_ipv6_and_mapped_addresses() {
        for (range, address, expected) in [
            ("10.0.0.10", "10.0.0.10", true),
            ("10.0.0.10", "10.0.0.11", false),
            ("10.0.0.0/8", "10.255.1.2", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("::ffff:10.0.0.10", "10.0.0.10", true),
            ("::ffff:10.0.0.0/104", "10.1.2.3", true),
            ("::ffff:10.0.0.0/104", "11.1.2.3", false),
            ("fd00::/8", "fd12::1", true),
            ("fd00::/8", "fe80::1", false),
            ("::/0", "10.0.0.1", false),
            ("::1", "::1", true),
        ] {
            let parsed: IpRange = range.parse().unwrap();
            assert_eq!(parsed.contains(address.parse().unwrap()), expected, "{range} {address}");
        }
        for wrong in ["", "10.0.0.0/33", "10.0.0", "proxy.example", "10.0.0.1:80", "fd00::/129"] {
            assert!(wrong.parse::<IpRange>().unwrap_err().contains("invalid address"), "{wrong}");
        }
    }

    #[test]
    fn a_client_controls_a_64_bit_network() {
        let of = |text: &str| client_network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:0:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
    }
}
