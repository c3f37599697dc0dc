//! The command `swisscom-sign-relay`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use swisscom_sign_relay::config::{RelayConfig, load, validate};
use swisscom_sign_relay::{dev, fd_limit, lifecycle, telemetry};

/// Keeps the client secret and the token of the Swisscom Sign Integration API off the browser.
#[derive(Parser)]
#[command(version, about)]
struct RelayCli {
    #[command(subcommand)]
    command: RelayCommand,
}

#[derive(Subcommand)]
enum RelayCommand {
    /// Serves. The first line on standard output says, as JSON, where: `{ url, adminUrl }`.
    Serve(RelayServeArgs),
    /// Says what is wrong with a configuration. Exit status 0 when nothing is, 1 otherwise.
    CheckConfig {
        /// TOML file; variables `RELAY__SECTION__KEY` override it.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Prints the OpenAPI document of the relay.
    Openapi,
}

#[derive(Args)]
struct RelayServeArgs {
    /// TOML file; variables `RELAY__SECTION__KEY` override it. Without it, variables alone.
    #[arg(long, value_name = "FILE", conflicts_with = "dev")]
    config: Option<PathBuf>,
    /// UNSAFE, for a developer's machine: loopback, the sandbox as platform, credentials from
    /// SWISSCOM_SIGN_CLIENT_ID and SWISSCOM_SIGN_CLIENT_SECRET, and two users whose tokens stand
    /// in the first line on standard output: `{ url, adminUrl, users: [{ name, token }] }`.
    #[arg(long)]
    dev: bool,
    /// Where --dev listens; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8490", requires = "dev")]
    listen: SocketAddr,
    /// Base URL of the platform for --dev.
    #[arg(long, value_name = "URL", default_value = dev::SANDBOX, requires = "dev")]
    upstream: String,
    /// Token endpoint for --dev; that of the sandbox at the upstream's host when absent.
    #[arg(long, value_name = "URL", requires = "dev")]
    token_url: Option<String>,
}

fn main() -> ExitCode {
    let outcome = match RelayCli::parse().command {
        RelayCommand::Serve(options) => serve(options),
        RelayCommand::CheckConfig { config } => checked(config).map(|_| println!("ok")),
        RelayCommand::Openapi => {
            println!("{}", swisscom_sign_relay::openapi::document());
            Ok(())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("swisscom-sign-relay: {why}");
            ExitCode::FAILURE
        }
    }
}

fn checked(file: Option<PathBuf>) -> Result<RelayConfig, String> {
    let config = load::load(file.as_deref(), std::env::vars())?;
    match validate::validate(&config).as_slice() {
        [] => Ok(config),
        wrong => Err(format!("the configuration cannot be used:\n  {}", wrong.join("\n  "))),
    }
}

fn serve(options: RelayServeArgs) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let (bound, mut config, users) = if options.dev {
            eprintln!("{}", dev::WARNING);
            let admin = SocketAddr::from(([127, 0, 0, 1], 0));
            if !options.listen.ip().is_loopback() {
                return Err(format!("--dev listens on loopback only, not on {}", options.listen));
            }
            let bound = lifecycle::bind(options.listen, admin).await?;
            let (config, users) = dev::configure(&dev::DevOptions {
                address: bound.address,
                upstream: options.upstream,
                token_url: options.token_url,
            })?;
            match validate::validate(&config).as_slice() {
                [] => {}
                wrong => return Err(wrong.join("\n")),
            }
            (bound, config, users)
        } else {
            let config = checked(options.config)?;
            (lifecycle::bind(config.server.listen, config.server.admin).await?, config, Vec::new())
        };
        telemetry::log::start(&config.log)?;
        if let Some(why) = fd_limit::raise_limit(&mut config)? {
            tracing::warn!("{why}");
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
        signals.stop().await;
        match running.drain().await {
            0 => Ok(()),
            cut => Err(format!("{cut} connections did not end in time")),
        }
    })
}
