//! Adaptive polling interval.

/// Bounds of the polling interval in milliseconds. The minimum takes precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntervalBounds {
    /// Minimum, and the first interval.
    pub min_ms: u64,
    /// Maximum.
    pub max_ms: u64,
}

/// Milliseconds until the next poll: a tenth of the time without a change. Signers sign within
/// minutes of the invitation or much later, so that a change is detected with a delay of at most a
/// tenth of its age, and a long wait needs few requests.
///
/// - `quiet_ms`: time since the last change, or since the wait started.
/// - `failures`: consecutive failed polls; each doubles the interval.
/// - `jitter`: random number in 0..1 that changes the interval by up to 20 %, so that concurrent
///   waits do not poll at the same time.
pub fn next_interval_ms(quiet_ms: u64, failures: u32, bounds: IntervalBounds, jitter: f64) -> u64 {
    let pause = (quiet_ms / 10).max(bounds.min_ms);
    let pause = pause.saturating_mul(1 << failures.min(16));
    let pause = pause.min(bounds.max_ms).max(bounds.min_ms);
    (pause as f64 * (0.8 + 0.4 * jitter.clamp(0.0, 1.0))) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: IntervalBounds = IntervalBounds { min_ms: 1_000, max_ms: 300_000 };

    #[test]
    fn interval_grows_with_the_time_without_a_change() {
        let ages = [0, 10_000, 60_000, 600_000, 3_600_000, u64::MAX];
        let intervals = ages.map(|age| next_interval_ms(age, 0, BOUNDS, 0.5));
        assert_eq!(intervals, [1_000, 1_000, 6_000, 60_000, 300_000, 300_000]);
        assert_eq!(next_interval_ms(0, 0, BOUNDS, 0.0), 800);
        assert_eq!(next_interval_ms(0, 0, BOUNDS, 1.0), 1_200);
        assert_eq!(next_interval_ms(0, 0, BOUNDS, f64::MAX), 1_200);
    }

    #[test]
    fn failures_double_the_interval() {
        let intervals = [1, 3, 99].map(|failures| next_interval_ms(0, failures, BOUNDS, 0.5));
        assert_eq!(intervals, [2_000, 8_000, 300_000]);
        let narrow = IntervalBounds { min_ms: 50, max_ms: 20 };
        assert_eq!(next_interval_ms(u64::MAX, 99, narrow, 0.5), 50);
    }
}
