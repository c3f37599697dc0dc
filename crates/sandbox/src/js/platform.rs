//! A sandbox in memory.

use std::fmt;
use std::rc::Rc;

use js_sys::Error;
use secrecy::ExposeSecret;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::exchange::WasmExchange;
use super::options::SandboxOptions;
use crate::fault_delivery;
use crate::gateway::Gateway;
use crate::http::HttpRequest;
use crate::platform::CommandError;

/// A sandbox in memory.
#[wasm_bindgen]
pub struct WasmPlatform {
    gateway: Rc<Gateway>,
}

impl fmt::Debug for WasmPlatform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasmPlatform").finish_non_exhaustive()
    }
}

fn error(why: &str) -> JsValue {
    Error::new(why).into()
}

#[wasm_bindgen]
impl WasmPlatform {
    /// Sandbox with these options, as JSON. `random` are 32 unpredictable bytes.
    ///
    /// # Errors
    /// An `Error` that names the invalid option or explains why the seed failed.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str, random: &[u8]) -> Result<WasmPlatform, JsValue> {
        let random = random.try_into().map_err(|_| error("32 random bytes are needed"))?;
        let parts = SandboxOptions::parse(options).and_then(|options| options.parts(random));
        let gateway = Gateway::new(parts.map_err(|why| error(&why))?);
        gateway.load_or_seed().map_err(|failure| match failure {
            CommandError::Refused(refused) => error(&refused.to_string()),
            CommandError::Internal(why) => error(&why),
            CommandError::Foreign => error("the seed belongs to somebody else"),
        })?;
        Ok(Self { gateway: Rc::new(gateway) })
    }

    /// Identifier and secret of the client with all scopes.
    pub fn credentials(&self) -> Vec<String> {
        let client = self.gateway.platform().directory().clients().into_iter().next();
        client.map_or_else(Vec::new, |client| {
            vec![client.id.clone(), client.secret().expose_secret().to_owned()]
        })
    }

    /// Maximum body of a request to this path, in bytes; a larger body is omitted and `oversized` is
    /// set.
    #[wasm_bindgen(js_name = maxBody)]
    pub fn max_body(&self, path: &str) -> f64 {
        fault_delivery::max_body(path) as f64
    }

    /// Receives a request and counts it for faults. `headers` are alternating names and values.
    pub fn receive(
        &self,
        method: String,
        path: String,
        query: String,
        headers: Vec<String>,
        body: Vec<u8>,
        oversized: bool,
    ) -> WasmExchange {
        let mut rest = headers.into_iter();
        let mut headers = Vec::new();
        while let (Some(name), Some(value)) = (rest.next(), rest.next()) {
            headers.push((name, value));
        }
        let request = HttpRequest { method, path, query, headers, body: body.into(), oversized };
        WasmExchange::new(Rc::clone(&self.gateway), request)
    }
}
