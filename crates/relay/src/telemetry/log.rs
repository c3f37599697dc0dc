//! Structured logs on standard error.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogConfig, LogFormat};
use crate::start_error::StartError;

/// # Errors
/// If a directive is neither a level nor a target with its level.
pub(crate) fn filter(log: &LogConfig) -> Result<Targets, StartError> {
    for directive in log.filter.split(',').map(str::trim) {
        // A misspelled level would otherwise be the name of a target.
        if !directive.contains('=') && directive.parse::<LevelFilter>().is_err() {
            return Err(format!(
                "invalid level `{directive}`: expected off, error, warn, info, debug, trace or a list such as \
                 `info,swisscom_sign_relay=debug`"
            )
            .into());
        }
    }
    log.filter.parse().map_err(|error| StartError::with_source("invalid log.filter", error))
}

/// Starts logging; later calls have no effect.
pub fn start(log: &LogConfig) -> Result<(), StartError> {
    let filter = filter(log)?;
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
