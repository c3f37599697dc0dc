//! Proxies in front of the relay, and the address of the client behind them.

use std::net::{IpAddr, SocketAddr};
use std::sync::Once;

use http::HeaderMap;

use crate::config::{IpRange, ServerConfig};

const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// Trusted proxies. A mismatch with the configuration is logged once: all clients of a proxy would
/// share its rate limit.
#[derive(Debug)]
pub(crate) struct TrustedProxies {
    ranges: Vec<IpRange>,
    hops: usize,
    untrusted: Once,
    unreadable: Once,
}

impl TrustedProxies {
    pub(crate) fn new(server: &ServerConfig) -> Self {
        Self {
            ranges: server.trusted_proxies.clone(),
            hops: server.trusted_proxy_hops,
            untrusted: Once::new(),
            unreadable: Once::new(),
        }
    }

    /// The client's address: the peer, or the entry of `X-Forwarded-For` that the outermost trusted proxy
    /// added. Entries further left are set by the client.
    pub(crate) fn client_ip(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.ranges.iter().any(|range| range.contains(peer)) {
            if headers.contains_key(X_FORWARDED_FOR) {
                self.untrusted.call_once(|| {
                    tracing::warn!(
                        %peer,
                        "X-Forwarded-For ignored: the peer is not in server.trusted_proxies; add it if it \
                         is your proxy"
                    );
                });
            }
            return peer;
        }
        let lines: Vec<&str> = headers
            .get_all(X_FORWARDED_FOR)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','))
            .map(str::trim)
            .collect();
        let entry = lines.len().checked_sub(self.hops).and_then(|index| lines.get(index));
        entry.and_then(|entry| address(entry)).unwrap_or_else(|| {
            self.unreadable.call_once(|| {
                tracing::warn!(
                    %peer,
                    entries = lines.len(),
                    hops = self.hops,
                    "X-Forwarded-For of a trusted proxy has no address at server.trusted_proxy_hops: the \
                     proxy's own address is used"
                );
            });
            peer
        })
    }
}

/// `1.2.3.4`, `1.2.3.4:5678`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:5678`.
fn address(entry: &str) -> Option<IpAddr> {
    let without_port = entry.parse::<SocketAddr>().map(|address| address.ip());
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    without_port.or_else(|_| bare.parse()).ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(ranges: &[&str], hops: usize) -> TrustedProxies {
        TrustedProxies::new(&ServerConfig {
            trusted_proxies: ranges.iter().map(|range| range.parse().unwrap()).collect(),
            trusted_proxy_hops: hops,
            ..ServerConfig::default()
        })
    }

    fn of(proxies: &TrustedProxies, peer: &str, lines: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(X_FORWARDED_FOR, line.parse().unwrap());
        }
        proxies.client_ip(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn ignores_forwarded_addresses_of_untrusted_proxies() {
        let one = proxies(&["10.0.0.1"], 1);
        assert_eq!(of(&one, "10.0.0.1", &["1.1.1.1, 2.2.2.2"]), "2.2.2.2");
        assert_eq!(of(&one, "10.0.0.1", &["1.1.1.1", "2.2.2.2"]), "2.2.2.2");
        assert_eq!(of(&one, "10.0.0.1", &["rubbish"]), "10.0.0.1");
        assert_eq!(of(&one, "10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(of(&one, "9.9.9.9", &["1.1.1.1"]), "9.9.9.9");
        let two = proxies(&["10.0.0.1"], 2);
        assert_eq!(of(&two, "10.0.0.1", &["6.6.6.6, 1.1.1.1, 2.2.2.2"]), "1.1.1.1");
        assert_eq!(of(&two, "10.0.0.1", &["2.2.2.2"]), "10.0.0.1");
    }

    #[test]
    fn reads_ranges_ports_and_mapped_addresses() {
        let range = proxies(&["10.0.0.0/8", "fd00::/8"], 1);
        for (peer, entry, client) in [
            ("10.9.8.7", "1.1.1.1", "1.1.1.1"),
            ("::ffff:10.9.8.7", "1.1.1.1:4711", "1.1.1.1"),
            ("fd12::1", "2001:db8::1", "2001:db8::1"),
            ("fd12::1", "[2001:db8::1]", "2001:db8::1"),
            ("fd12::1", "[2001:db8::1]:4711", "2001:db8::1"),
            ("fd12::1", "::ffff:1.1.1.1", "1.1.1.1"),
            ("11.0.0.1", "1.1.1.1", "11.0.0.1"),
            ("::ffff:11.0.0.1", "1.1.1.1", "11.0.0.1"),
        ] {
            assert_eq!(of(&range, peer, &[entry]), client, "{peer} {entry}");
        }
    }
}
