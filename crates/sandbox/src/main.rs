//! `swisscom-sign-sandbox`: the command line over the library.

mod atomic_file;
mod carry;
mod cli;
mod verify;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use swisscom_sign_pades::Verdict;
use swisscom_sign_sandbox::Sandbox;
use tokio::signal;

use cli::{SandboxCli, SandboxCommand, SandboxServeArgs};

/// Exit status of `verify` if a signature cannot be judged.
const INDETERMINATE: u8 = 3;

fn main() -> ExitCode {
    let done = match SandboxCli::parse().command {
        SandboxCommand::Serve(options) => serve(*options),
        SandboxCommand::Verify(options) => match verify::run(&options) {
            Ok(Verdict::Valid) => Ok(()),
            Ok(Verdict::Invalid) => return ExitCode::FAILURE,
            Ok(Verdict::Indeterminate) => return INDETERMINATE.into(),
            Err(error) => Err(error),
        },
        SandboxCommand::Export(options) => carry::export(&options),
        SandboxCommand::Import(options) => carry::import(&options),
        SandboxCommand::Ca(options) => carry::ca(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(options: SandboxServeArgs) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Listening for the signal begins before the ready line: whoever reads it may stop us at once.
    let _entered = runtime.enter();
    let mut stopped = Stopped::listen()?;
    let settings = options.settings();
    let listen = options.listen;
    let sandbox = Sandbox::builder()
        .listen(listen)
        .public_url(options.public_url)
        .client(options.client_id, options.client_secret)
        .rng_seed(options.rng_seed)
        .settings(settings)
        .clock(options.clock)
        .initial_data(options.initial_data)
        .data_dir(options.data_dir)
        .admin_token(options.admin_token)
        .log(!options.quiet)
        .start()
        .map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => io::Error::new(
                error.kind(),
                format!(
                    "{listen} is in use; choose another with --listen, or port 0 for any free one"
                ),
            ),
            _ => error,
        })?;
    let ready = serde_json::to_string(&sandbox.ready())?;
    if let Some(path) = &options.ready_file {
        atomic_file::write_atomic(path, format!("{ready}\n").as_bytes())?;
    }
    let mut out = io::stdout().lock();
    writeln!(out, "{ready}")?;
    out.flush()?;
    drop(out);
    eprintln!(
        "sandbox: listening on {}; signatures are for testing only and not legally valid",
        sandbox.url()
    );
    runtime.block_on(stopped.wait());
    sandbox.stop();
    eprintln!("sandbox: stopped");
    Ok(())
}

#[cfg(unix)]
struct Stopped {
    interrupt: signal::unix::Signal,
    terminate: signal::unix::Signal,
}

#[cfg(unix)]
impl Stopped {
    fn listen() -> io::Result<Self> {
        use signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Stopped;

#[cfg(not(unix))]
impl Stopped {
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn wait(&mut self) {
        // Without a way to be told, it runs until it is ended.
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
