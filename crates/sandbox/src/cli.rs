//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::{NonEmptyStringValueParser, TypedValueParser as _};
use clap::{Args, Parser, Subcommand};
use secrecy::SecretString;
use swisscom_sign_sandbox::calendar::IsoDuration;
use swisscom_sign_sandbox::clocks::ClockMode;
use swisscom_sign_sandbox::http::is_authority;
use swisscom_sign_sandbox::initial_data::InitialData;
use swisscom_sign_sandbox::settings::{
    ATTEMPTS, DeclineOutcome, LIVES, MissingProcess, Qes, SandboxSettings, ScopeError,
    SignatureSize, SignedDownload, SignerBeforeRelease,
};

/// The Swisscom Sign Integration API on your own machine, to develop and test against.
///
/// For testing only: its signatures are not legally valid.
#[derive(Debug, Parser)]
#[command(name = "swisscom-sign-sandbox", version, arg_required_else_help = true)]
pub(crate) struct SandboxCli {
    #[command(subcommand)]
    pub(crate) command: SandboxCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// Runs the API server until SIGINT or SIGTERM.
    ///
    /// Once it listens, it prints one line of JSON on standard output: url, apiUrl, tokenUrl,
    /// clientId, clientSecret, listen. Its log goes to standard error.
    Serve(Box<SandboxServeArgs>),

    /// Checks the signatures of a file that a sandbox signed.
    Verify(crate::verify::VerifyArgs),

    /// Writes everything that a data directory holds as one JSON document, secrets of clients
    /// included.
    ///
    /// For a sandbox that is not running; one that is answers GET /_sandbox/export with the same.
    Export(crate::carry::ExportArgs),

    /// Replaces everything that a data directory holds by an export.
    ///
    /// For a sandbox that is not running; one that is takes the same by POST /_sandbox/import.
    Import(crate::carry::ImportArgs),

    /// Prints the certificate, as PEM, by which the signatures of a data directory are trusted.
    ///
    /// Without a data directory each start has an authority of its own: GET /_sandbox/ca.pem.
    Ca(crate::carry::CaArgs),
}

#[derive(Debug, Args)]
pub(crate) struct SandboxServeArgs {
    /// IP address and port to listen on, port 0 for any free one. One that others can reach needs an admin
    /// token.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8480", env = "SANDBOX_LISTEN", value_parser = address)]
    pub(crate) listen: SocketAddr,

    /// URL under which clients reach the sandbox. Used in tokens and generated URLs. Default: the
    /// `Host` header of each request.
    #[arg(long, value_name = "URL", env = "SANDBOX_PUBLIC_URL", value_parser = url)]
    pub(crate) public_url: Option<String>,

    /// Identifier of the client with every scope.
    #[arg(long, value_name = "ID", env = "SANDBOX_CLIENT_ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) client_id: Option<String>,

    /// Client secret. Default: random, new at each start, or stored once in the data directory.
    /// Prefer the environment: other users can read the command line of a process.
    #[arg(long, value_name = "SECRET", env = "SANDBOX_CLIENT_SECRET", hide_env_values = true, value_parser = NonEmptyStringValueParser::new().map(SecretString::from))]
    pub(crate) client_secret: Option<SecretString>,

    /// Token lifetime, such as 30s, 15m or 1h.
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = life)]
    pub(crate) token_ttl: u32,

    /// Refuse unknown and read-only fields (400) instead of reporting them in `Sandbox-Warning`.
    #[arg(long)]
    pub(crate) strict: bool,

    /// QUALIFIED signatures: refuse them as the vendor's TEST environment does, or simulate them.
    #[arg(long, value_name = "refuse|simulate", default_value = "refuse")]
    pub(crate) qes: Qes,

    /// A process after a signer declined: ended as EXPIRED, or still PENDING.
    #[arg(long, value_name = "expired|pending", default_value = "expired")]
    pub(crate) decline_outcome: DeclineOutcome,

    /// Status for a process that does not exist: as each operation documents, or one for all.
    #[arg(long, value_name = "contract|404|409", default_value = "contract")]
    pub(crate) missing_process: MissingProcess,

    /// Status for a token without the scope of the operation.
    #[arg(long, value_name = "403|401", default_value = "403")]
    pub(crate) scope_error: ScopeError,

    /// Status of a signer before the release, which clients should not rely on.
    #[arg(long, value_name = "waiting|pending", default_value = "waiting")]
    pub(crate) signer_before_release: SignerBeforeRelease,

    /// Signed files can be downloaded after the first signature (contract), or once the process
    /// is COMPLETED (guide).
    #[arg(long, value_name = "partial|completed", default_value = "partial")]
    pub(crate) signed_download: SignedDownload,

    /// Size of a visible signature in PDF points; it has to fit on its page for a release.
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value_t, value_parser = SignatureSize::parse)]
    pub(crate) signature_size: SignatureSize,

    /// From the end of a process to the deletion of its files, ISO 8601.
    #[arg(long, value_name = "DURATION", default_value = "P30D", value_parser = duration, allow_hyphen_values = true)]
    pub(crate) archive_after: jiff::Span,

    /// Lifetime of an access code sent by SMS or email, such as 30s, 15m or 1h.
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = life)]
    pub(crate) access_code_ttl: u32,

    /// Lifetime of the one-time code of an open request, such as 30s or 15m.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = life)]
    pub(crate) one_time_code_ttl: u32,

    /// Lifetime of the URL returned by `open`, and of the session that its one-time code starts,
    /// such as 30s, 15m or 1h.
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = life)]
    pub(crate) open_ttl: u32,

    /// Maximum number of incorrect access codes before a new code is required; five times as many
    /// for one person within a real hour, in all browsers together.
    #[arg(long, value_name = "NUMBER", default_value_t = 5, value_parser = clap::value_parser!(u32).range(ATTEMPTS))]
    pub(crate) access_code_attempts: u32,

    /// Clock mode: real, frozen at a time, or offset by a duration. Tokens always expire by the real
    /// clock.
    #[arg(long, value_name = "real|frozen:TIME|offset:DURATION", default_value = "real", value_parser = ClockMode::parse, allow_hyphen_values = true)]
    pub(crate) clock: ClockMode,

    /// Initial data, also after a reset: `none` (clients only), `demo` (processes in every state), or
    /// an exported file. A data directory that already has data is not changed.
    #[arg(long, value_name = "none|demo|FILE", default_value = "none", value_parser = initial_data)]
    pub(crate) initial_data: InitialData,

    /// Directory for persistent data; created if it does not exist. Default: in memory. Tokens do not
    /// survive a restart.
    #[arg(long, value_name = "DIRECTORY", env = "SANDBOX_DATA_DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    /// Bearer token required for every request to /_sandbox; 16 characters or more. Without it, these
    /// requests need no token, and the address must be a loopback address.
    #[arg(long, value_name = "TOKEN", env = "SANDBOX_ADMIN_TOKEN", hide_env_values = true)]
    pub(crate) admin_token: Option<SecretString>,

    /// Also write the ready line (JSON) to this file, atomically, with mode 0600, as it contains the
    /// secret. The file is not removed at the end.
    #[arg(long, value_name = "FILE", env = "SANDBOX_READY_FILE")]
    pub(crate) ready_file: Option<PathBuf>,

    /// Makes every identifier follow from this number, for repeatable runs.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) rng_seed: Option<u64>,

    /// Do not report each request on standard error.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

impl SandboxServeArgs {
    pub(crate) fn settings(&self) -> SandboxSettings {
        SandboxSettings {
            strict: self.strict,
            qes: self.qes,
            decline_outcome: self.decline_outcome,
            missing_process: self.missing_process,
            scope_error: self.scope_error,
            signer_before_release: self.signer_before_release,
            signed_download: self.signed_download,
            signature_size: self.signature_size,
            token_ttl: self.token_ttl,
            archive_after: self.archive_after,
            code_ttl: self.access_code_ttl,
            one_time_code_ttl: self.one_time_code_ttl,
            open_ttl: self.open_ttl,
            code_attempts: self.access_code_attempts,
        }
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "must be an IP address and a port, such as 127.0.0.1:8480 or [::1]:0".to_owned()
    })
}

fn url(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    match rest.map(|rest| rest.strip_suffix('/').unwrap_or(rest)) {
        Some(authority) if is_authority(authority) => Ok(text.to_owned()),
        _ => Err("must be an http or https URL of scheme, host and port alone".to_owned()),
    }
}

fn initial_data(text: &str) -> Result<InitialData, String> {
    match text {
        "none" => Ok(InitialData::None),
        "demo" => Ok(InitialData::Demo),
        file => {
            let text = std::fs::read(file).map_err(|error| format!("cannot read it: {error}"))?;
            let saved = swisscom_sign_sandbox::initial_data::import(&text)
                .map_err(|error| error.message().to_owned())?;
            Ok(InitialData::Saved(Box::new(saved)))
        }
    }
}

/// Seconds, or a number with a unit.
fn life(text: &str) -> Result<u32, String> {
    let units = [("s", 1), ("m", 60), ("h", 60 * 60)];
    let (number, unit) = units
        .into_iter()
        .find_map(|(name, seconds)| Some((text.strip_suffix(name)?, seconds)))
        .unwrap_or((text, 1));
    let seconds = number.parse::<u32>().ok().and_then(|number| number.checked_mul(unit));
    seconds.filter(|seconds| LIVES.contains(&i64::from(*seconds))).ok_or_else(|| {
        format!(
            "must be from {} to {} seconds, such as 30, 30s, 15m or 1h",
            LIVES.start(),
            LIVES.end()
        )
    })
}

fn duration(text: &str) -> Result<jiff::Span, String> {
    let IsoDuration(span) = text.parse().map_err(str::to_owned)?;
    if span.is_negative() { Err("must not be negative".to_owned()) } else { Ok(span) }
}
