//! CPU time and memory of a process.

use std::fs;
use std::time::Duration;

/// CPU time of all threads.
pub fn cpu(pid: u32) -> Duration {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let nanos = tasks.flatten().filter_map(|task| {
        let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanos.sum())
}

fn status(pid: u32, name: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    let kilobytes: u64 = line.trim_matches([':', ' ', '\t', 'k', 'B']).parse().unwrap();
    kilobytes * 1024
}

/// Resident memory in bytes.
pub fn resident(pid: u32) -> u64 {
    status(pid, "VmRSS")
}

/// Peak of the resident memory since [`forget_peak`].
pub fn peak(pid: u32) -> u64 {
    status(pid, "VmHWM")
}

/// Resets the peak.
pub fn forget_peak(pid: u32) {
    fs::write(format!("/proc/{pid}/clear_refs"), "5").unwrap();
}
