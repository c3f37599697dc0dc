//! When to look again.

/// Bounds of a pause, in milliseconds. The lower one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntervalBounds {
    /// The first pause, and the shortest.
    pub shortest_ms: u64,
    /// The longest.
    pub longest_ms: u64,
}

/// When to look again, in milliseconds from now: after a tenth of the time for which nothing has
/// changed. Somebody who has just been sent a link signs within minutes or much later, so a change
/// is seen late by a tenth of its age at most, and a wait of any length costs few looks.
///
/// - `quiet_ms`: time since the last change, or since the wait began.
/// - `failures`: looks in a row that failed; each doubles the pause.
/// - `jitter`: a random number in 0..1, which moves the pause by up to a fifth either way, so that
///   many waits do not ask in step.
pub fn next_look_ms(quiet_ms: u64, failures: u32, bounds: IntervalBounds, jitter: f64) -> u64 {
    let pause = (quiet_ms / 10).max(bounds.shortest_ms);
    let pause = pause.saturating_mul(1 << failures.min(16));
    let pause = pause.min(bounds.longest_ms).max(bounds.shortest_ms);
    (pause as f64 * (0.8 + 0.4 * jitter.clamp(0.0, 1.0))) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: IntervalBounds = IntervalBounds { shortest_ms: 1_000, longest_ms: 300_000 };

    #[test]
    fn the_longer_nothing_happens_the_rarer() {
        let ages = [0, 10_000, 60_000, 600_000, 3_600_000, u64::MAX];
        let looks = ages.map(|age| next_look_ms(age, 0, BOUNDS, 0.5));
        assert_eq!(looks, [1_000, 1_000, 6_000, 60_000, 300_000, 300_000]);
        assert_eq!(next_look_ms(0, 0, BOUNDS, 0.0), 800);
        assert_eq!(next_look_ms(0, 0, BOUNDS, 1.0), 1_200);
        assert_eq!(next_look_ms(0, 0, BOUNDS, f64::MAX), 1_200);
    }

    #[test]
    fn failures_double_it() {
        let looks = [1, 3, 99].map(|failures| next_look_ms(0, failures, BOUNDS, 0.5));
        assert_eq!(looks, [2_000, 8_000, 300_000]);
        let narrow = IntervalBounds { shortest_ms: 50, longest_ms: 20 };
        assert_eq!(next_look_ms(u64::MAX, 99, narrow, 0.5), 50);
    }
}
