//! `swisscom-sign-sandbox export|import|ca`: what a data directory holds, while no sandbox has it
//! open.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use swisscom_sign_sandbox::gateway::Gateway;
use swisscom_sign_sandbox::platform::CommandError;
use swisscom_sign_sandbox::server::DATA_FILE;
use swisscom_sign_sandbox::{Sandbox, initial_data};

use crate::atomic_file;

/// `export`.
#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// The data directory.
    #[arg(long, value_name = "DIRECTORY", env = "SANDBOX_DATA_DIR")]
    data_dir: PathBuf,

    /// Output file, written atomically with mode 0600. Default or `-`: standard output.
    #[arg(value_name = "FILE")]
    to: Option<PathBuf>,
}

/// `import`.
#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// The data directory; created if it does not exist.
    #[arg(long, value_name = "DIRECTORY", env = "SANDBOX_DATA_DIR")]
    data_dir: PathBuf,

    /// The export; `-` for standard input.
    #[arg(value_name = "FILE")]
    from: PathBuf,
}

/// `ca`.
#[derive(Debug, clap::Args)]
pub(crate) struct CaArgs {
    /// The data directory.
    #[arg(long, value_name = "DIRECTORY", env = "SANDBOX_DATA_DIR")]
    data_dir: PathBuf,
}

/// Writes the export.
pub(crate) fn export(options: &ExportArgs) -> io::Result<()> {
    let gateway = open_data_directory(&options.data_dir)?;
    let saved = gateway.platform().snapshot().map_err(failed)?;
    let export = initial_data::export(&saved).map_err(failed)?;
    match options.to.as_ref().filter(|path| path.as_path() != Path::new("-")) {
        Some(path) => {
            atomic_file::write_atomic(path, export.as_ref())?;
            let count = saved.snapshot.processes.len();
            eprintln!("sandbox: {count} processes to {}", path.display());
            Ok(())
        }
        None => {
            let mut out = io::stdout().lock();
            out.write_all(export.as_ref())?;
            out.flush()
        }
    }
}

/// Reads an export into the directory. What cannot be read changes nothing.
pub(crate) fn import(options: &ImportArgs) -> io::Result<()> {
    let mut text = Vec::new();
    if options.from == Path::new("-") {
        io::stdin().lock().read_to_end(&mut text)?;
    } else {
        text = fs::read(&options.from)
            .map_err(|error| atomic_file::with_path(&options.from, &error))?;
    }
    let saved = initial_data::import(&text).map_err(|error| {
        io::Error::other(format!("{}: {}", options.from.display(), error.message()))
    })?;
    let gateway = Sandbox::builder().data_dir(Some(options.data_dir.clone())).gateway()?;
    gateway.platform().restore(&saved).map_err(failed)?;
    let count = saved.snapshot.processes.len();
    eprintln!("sandbox: {count} processes in {}", options.data_dir.display());
    Ok(())
}

/// Prints the certificate.
pub(crate) fn ca(options: &CaArgs) -> io::Result<()> {
    let gateway = open_data_directory(&options.data_dir)?;
    let pem = gateway.platform().documents().authority_pem().unwrap_or_default();
    let mut out = io::stdout().lock();
    out.write_all(pem.as_bytes())?;
    // What is buffered would be lost in silence.
    out.flush()
}

/// The sandbox of an existing data directory.
fn open_data_directory(data: &Path) -> io::Result<Gateway> {
    if !data.join(DATA_FILE).is_file() {
        let message = format!("not a sandbox data directory: `{}`", data.display());
        return Err(io::Error::new(io::ErrorKind::NotFound, message));
    }
    Sandbox::builder().data_dir(Some(data.to_owned())).gateway()
}

fn failed(failure: CommandError) -> io::Error {
    io::Error::other(failure.to_string())
}
