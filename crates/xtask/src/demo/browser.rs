//! The web example as a person sees it: the sandbox in place of the platform, the relay before it,
//! and a server for the page.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use crate::cmd::Cmd;
use crate::service::Service;
use crate::setup::{npm, system};
use crate::steps::Steps;
use crate::{build, paths};

/// The example that is shown.
const EXAMPLE: &str = "web-setup-flow";

/// One walk through the page, as a person would.
const WALK: &str = "tests/e2e/browser/examples/check.mjs";

/// How long that walk may take.
const WALK_LIMIT: Duration = Duration::from_secs(180);

pub(super) fn run(steps: &mut Steps, port: u16, check: bool) -> Result<()> {
    build::package(steps)?;
    let site = build::site(steps, EXAMPLE)?;
    let sandbox = build::sandbox(steps)?;
    let relay = build::relay(steps)?;
    let browser = if check {
        npm::other(steps, "tests/e2e")?;
        Some(system::browser(steps)?.browser)
    } else {
        None
    };
    let (mut sandbox, mut relay, mut page) = steps.step("start sandbox, relay and page", |_| {
        let sandbox = super::sandbox(&sandbox)?;
        let relay = before(&relay, &sandbox)?;
        let page = serve(&site, port, &sandbox, &relay)?;
        Ok((sandbox, relay, page))
    })?;
    let (url, outbox) = (page.said("url")?.to_owned(), sandbox.said("url")?.to_owned());
    println!("\n  the page             {url}");
    println!("  the sandbox's outbox {outbox}   codes and invitations arrive there\n");
    if let Some(browser) = browser {
        return steps.step("walk the page", |_| {
            Cmd::new("node")
                .arg(paths::root().join(WALK))
                .env("CHROME", browser)
                .env("PAGE", &url)
                .env("SANDBOX", &outbox)
                .run_within(WALK_LIMIT)
        });
    }
    println!("  Ctrl-C ends all of them.");
    loop {
        for service in [&mut sandbox, &mut relay, &mut page] {
            service.runs()?;
        }
        std::thread::sleep(Duration::from_millis(250));
    }
}

/// The relay, with the sandbox as its platform.
fn before(program: &Path, sandbox: &Service) -> Result<Service> {
    let command = Cmd::new(program)
        .args(["serve", "--dev", "--listen", "127.0.0.1:0"])
        .args(["--upstream", sandbox.said("apiUrl")?, "--token-url", sandbox.said("tokenUrl")?])
        .env("SWISSCOM_SIGN_CLIENT_ID", sandbox.said("clientId")?)
        .env("SWISSCOM_SIGN_CLIENT_SECRET", sandbox.said("clientSecret")?)
        .log_to(&folder()?.join("relay.log"))?;
    Service::start("the relay", command)
}

/// The page's server. What the page is told stands in a file: the command line of a process can
/// be read by others, and a token is told.
fn serve(site: &Path, port: u16, sandbox: &Service, relay: &Service) -> Result<Service> {
    let config = folder()?.join("page.json");
    let told = json!({
        "relay": relay.said("url")?,
        "platform": sandbox.said("url")?,
        "outbox": sandbox.said("url")?,
        // The first user of the relay for developers.
        "userToken": relay.said("/users/0/token")?,
        "user": { "firstName": "Anna", "lastName": "Muster", "email": "anna@example.com" },
    });
    fs::write(&config, told.to_string())?;
    let command = Cmd::new("node")
        .arg(paths::root().join("js-examples/web-shared/serve.mjs"))
        .arg("--site")
        .arg(site)
        .arg("--config")
        .arg(&config)
        .args(["--port", &port.to_string()]);
    Service::start("the page's server", command)
}

/// Where the relay's log and the page's configuration stand.
fn folder() -> Result<PathBuf> {
    let folder = paths::target().join("demo");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}
