//! pyHanko's strict validator.
