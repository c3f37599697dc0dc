//! Structured logs on standard error.

use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogConfig, LogFormat};
use crate::start_error::StartError;

/// Starts logging; later calls have no effect.
pub fn start(log: &LogConfig) -> Result<(), StartError> {
    let filter: Targets =
        log.filter.parse().map_err(|error| StartError::with_source("invalid log.filter", error))?;
    let registry = tracing_subscriber::registry().with(filter);
    let layer = fmt::layer().with_writer(std::io::stderr).with_target(true);
    let _already = match log.format {
        LogFormat::Json => {
            registry.with(layer.json().flatten_event(true).with_current_span(true)).try_init()
        }
        LogFormat::Text => registry.with(layer).try_init(),
    };
    Ok(())
}
