//! Limits the requests per minute.

const WINDOW_MS: u64 = 60_000;

/// Sliding-window rate limiter.
#[derive(Debug)]
pub(super) struct RequestRateLimiter {
    max: usize,
    /// Times of the latest requests, oldest first; at most `max`.
    sent: Vec<u64>,
}

impl RequestRateLimiter {
    /// `per_minute` is at least 1.
    pub(super) fn new(per_minute: u32) -> Self {
        Self { max: per_minute.max(1) as usize, sent: Vec::new() }
    }

    /// Milliseconds until the next request may be sent; 0 if it may be sent now.
    pub(super) fn wait_ms(&self, now: u64) -> u64 {
        match self.sent.first() {
            Some(oldest) if self.sent.len() >= self.max => (oldest + WINDOW_MS).saturating_sub(now),
            _ => 0,
        }
    }

    /// Records a request that is sent now.
    pub(super) fn record(&mut self, now: u64) {
        if self.sent.len() >= self.max {
            self.sent.remove(0);
        }
        self.sent.push(now);
    }
}
