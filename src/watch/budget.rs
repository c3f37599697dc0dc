//! How many requests a minute.

/// The window, in milliseconds.
const WINDOW_MS: u64 = 60_000;

/// Lets through so many requests in any sixty seconds; a few at once when there were none before.
#[derive(Debug)]
pub(super) struct RequestRateLimiter {
    most: usize,
    /// Moments of the latest requests, oldest first; `most` of them.
    sent: Vec<u64>,
}

impl RequestRateLimiter {
    /// At least one a minute.
    pub(super) fn new(per_minute: u32) -> Self {
        Self { most: per_minute.max(1) as usize, sent: Vec::new() }
    }

    /// Milliseconds until the next request may be sent; 0 for at once.
    pub(super) fn wait_ms(&self, now: u64) -> u64 {
        match self.sent.first() {
            Some(oldest) if self.sent.len() >= self.most => {
                (oldest + WINDOW_MS).saturating_sub(now)
            }
            _ => 0,
        }
    }

    /// A request is sent.
    pub(super) fn spend(&mut self, now: u64) {
        if self.sent.len() >= self.most {
            self.sent.remove(0);
        }
        self.sent.push(now);
    }
}
