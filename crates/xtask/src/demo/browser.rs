//! The web example: the sandbox as the platform, the relay in front of it, and a server for the page.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use crate::cmd::Cmd;
use crate::server_process::ServerProcess;
use crate::setup::{npm, system};
use crate::step_log::Steps;
use crate::{build, paths};

/// The example that is served.
const EXAMPLE: &str = "web-setup-flow";

/// The script that runs through the page once.
const CHECK: &str = "tests/e2e/browser/examples/check.mjs";

const CHECK_TIMEOUT: Duration = Duration::from_secs(180);

pub(super) fn run(steps: &mut Steps, port: u16, check: bool) -> Result<()> {
    build::package(steps)?;
    let site = build::site(steps, EXAMPLE)?;
    let programs = build::programs(steps)?;
    let browser = if check {
        npm::install_folder(steps, "tests/e2e")?;
        Some(system::browser(steps)?.browser)
    } else {
        None
    };
    let (mut sandbox, mut relay, mut page) = steps.step("start sandbox, relay and page", |_| {
        let sandbox = super::start_sandbox(&programs.sandbox)?;
        let relay = start_relay(&programs.relay, &sandbox)?;
        let page = start_page(&site, port, &sandbox, &relay)?;
        Ok((sandbox, relay, page))
    })?;
    let url = page.ready_field("url")?.to_owned();
    let outbox = sandbox.ready_field("url")?.to_owned();
    println!("\n  page             {url}");
    println!("  sandbox, outbox  {outbox}   receives codes and invitations\n");
    if let Some(browser) = browser {
        return steps.step("run through the page", |_| {
            Cmd::new("node")
                .arg(paths::root().join(CHECK))
                .env("CHROME", browser)
                .env("PAGE", &url)
                .env("SANDBOX", &outbox)
                .run_within(CHECK_TIMEOUT)
        });
    }
    println!("  Ctrl-C stops all of them.");
    loop {
        for server in [&mut sandbox, &mut relay, &mut page] {
            server.ensure_running()?;
        }
        std::thread::sleep(Duration::from_millis(250));
    }
}

fn start_relay(program: &Path, sandbox: &ServerProcess) -> Result<ServerProcess> {
    let command = Cmd::new(program)
        .args(["serve", "--dev", "--listen", "127.0.0.1:0"])
        .args(["--upstream", sandbox.ready_field("apiUrl")?])
        .args(["--token-url", sandbox.ready_field("tokenUrl")?])
        .env("SWISSCOM_SIGN_CLIENT_ID", sandbox.ready_field("clientId")?)
        .env("SWISSCOM_SIGN_CLIENT_SECRET", sandbox.ready_field("clientSecret")?)
        .stderr_to(&folder()?.join("relay.log"))?;
    ServerProcess::start("the relay", command)
}

/// The server of the page. Its configuration is a file, because it contains a token and other users
/// can read the command line of a process.
fn start_page(
    site: &Path,
    port: u16,
    sandbox: &ServerProcess,
    relay: &ServerProcess,
) -> Result<ServerProcess> {
    let config = folder()?.join("page.json");
    let content = json!({
        "relay": relay.ready_field("url")?,
        "platform": sandbox.ready_field("url")?,
        "outbox": sandbox.ready_field("url")?,
        // The first development user of the relay.
        "userToken": relay.ready_field("/users/0/token")?,
        "user": { "firstName": "Anna", "lastName": "Muster", "email": "anna@example.com" },
    });
    fs::write(&config, content.to_string())?;
    let command = Cmd::new("node")
        .arg(paths::root().join("js-examples/web-shared/serve.mjs"))
        .arg("--site")
        .arg(site)
        .arg("--config")
        .arg(&config)
        .args(["--port", &port.to_string()]);
    ServerProcess::start("the page's server", command)
}

/// The folder of the relay's log and the page's configuration.
fn folder() -> Result<PathBuf> {
    let folder = folder_of(std::process::id());
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// The folder of a demo, by its process: another demo in the same checkout must not replace the
/// configuration of a running page.
fn folder_of(process: u32) -> PathBuf {
    paths::target().join("demo").join(process.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_demos_share_no_folder() {
        let own = folder().expect("a folder");
        assert!(own.starts_with(paths::target()) && own.is_dir());
        assert_ne!(own, folder_of(std::process::id() + 1));
    }
}
