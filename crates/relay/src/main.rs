//! The command `swisscom-sign-relay`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use swisscom_sign_relay::config::{RelayConfig, load};
use swisscom_sign_relay::start_error::StartError;
use swisscom_sign_relay::{check_config, dev, fd_limit, lifecycle, telemetry};

/// Token relay: keeps the client secret and the access token of the Swisscom Sign Integration API out of
/// the browser.
#[derive(Parser)]
#[command(version, about)]
struct RelayCli {
    #[command(subcommand)]
    command: RelayCommand,
}

#[derive(Subcommand)]
enum RelayCommand {
    /// Run the relay. The first line on standard output is JSON: `{ url, adminUrl }`.
    Serve(RelayServeArgs),
    /// Validate a configuration. Exit status 0 if it is valid, 1 otherwise.
    CheckConfig {
        /// TOML file; variables `RELAY__SECTION__KEY` override it.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Print the OpenAPI document of the relay.
    Openapi,
}

#[derive(Args)]
struct RelayServeArgs {
    /// TOML file; variables `RELAY__SECTION__KEY` override it. Default: variables only.
    #[arg(long, value_name = "FILE", conflicts_with = "dev")]
    config: Option<PathBuf>,
    /// UNSAFE, for development only: loopback, the sandbox as platform, credentials from
    /// SWISSCOM_SIGN_CLIENT_ID and SWISSCOM_SIGN_CLIENT_SECRET, and two users with tokens in the
    /// first line on standard output: `{ url, adminUrl, users: [{ name, token }] }`.
    #[arg(long)]
    dev: bool,
    /// Address for --dev; port 0 selects a free port.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8490", requires = "dev")]
    listen: SocketAddr,
    /// Base URL of the platform for --dev.
    #[arg(long, value_name = "URL", default_value = dev::SANDBOX, requires = "dev")]
    upstream: String,
    /// Token endpoint for --dev. Default: that of the sandbox at the host of --upstream.
    #[arg(long, value_name = "URL", requires = "dev")]
    token_url: Option<String>,
}

fn main() -> ExitCode {
    let outcome = match RelayCli::parse().command {
        RelayCommand::Serve(options) => serve(options),
        RelayCommand::CheckConfig { config } => load_valid_config(config).map(|_| println!("ok")),
        RelayCommand::Openapi => {
            println!("{}", swisscom_sign_relay::openapi::document());
            Ok(())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("swisscom-sign-relay: {}", error.report());
            ExitCode::FAILURE
        }
    }
}

fn load_valid_config(file: Option<PathBuf>) -> Result<RelayConfig, StartError> {
    let config = load::load(file.as_deref(), std::env::vars())?;
    match check_config::problems(&config).as_slice() {
        [] => Ok(config),
        problems => Err(format!("invalid configuration:\n  {}", problems.join("\n  ")).into()),
    }
}

fn serve(options: RelayServeArgs) -> Result<(), StartError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| StartError::with_source("cannot start the async runtime", error))?;
    runtime.block_on(async {
        let (bound, mut config, users) = if options.dev {
            eprintln!("{}", dev::WARNING);
            let admin = SocketAddr::from(([127, 0, 0, 1], 0));
            if !options.listen.ip().is_loopback() {
                let address = options.listen;
                return Err(format!("--dev listens on loopback only, not on {address}").into());
            }
            let bound = lifecycle::bind(options.listen, admin).await?;
            let (config, users) = dev::configure(&dev::DevOptions {
                address: bound.address,
                upstream: options.upstream,
                token_url: options.token_url,
            })?;
            match check_config::problems(&config).as_slice() {
                [] => {}
                problems => return Err(problems.join("\n").into()),
            }
            (bound, config, users)
        } else {
            let config = load_valid_config(options.config)?;
            (
                lifecycle::bind(config.server.listen, config.server.admin_listen).await?,
                config,
                Vec::new(),
            )
        };
        telemetry::log::start(&config.log)?;
        if let Some(warning) = fd_limit::raise_limit(&mut config)? {
            tracing::warn!("{warning}");
        }
        let scheme = if config.server.tls_cert_file.is_some() { "https" } else { "http" };
        let running = lifecycle::start(bound, config)?;
        let mut ready = serde_json::json!({
            "url": format!("{scheme}://{}", running.address),
            "adminUrl": format!("http://{}", running.admin_address),
        });
        if options.dev {
            let list = users
                .iter()
                .map(|user| serde_json::json!({ "name": user.name, "token": user.token }))
                .collect();
            if let Some(members) = ready.as_object_mut() {
                members.insert("users".into(), serde_json::Value::Array(list));
            }
        }
        let mut signals = lifecycle::ShutdownSignals::listen()?;
        println!("{ready}");
        signals.stop(async || running.reload().await).await;
        let closed = tokio::select! {
            closed = running.drain() => closed,
            () = signals.stop(async || {}) => {
                return Err("shutdown aborted by a second signal".into());
            }
        };
        match closed {
            0 => Ok(()),
            closed => {
                Err(format!("shutdown timeout: {closed} connections were closed forcibly").into())
            }
        }
    })
}
