//! Broken input: never a panic, never without end.
