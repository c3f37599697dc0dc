//! A request and its response.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::RoutedRequest;
use crate::fault_delivery::{self, ChunkSchedule, ResponseLoss};
use crate::faults::FaultAction;
use crate::gateway::Gateway;
use crate::http::{HttpRequest, HttpResponse};

fn milliseconds(time: Option<Duration>) -> f64 {
    time.map_or(0.0, |time| time.as_secs_f64() * 1000.0)
}

/// Received request with its fault.
#[wasm_bindgen]
pub struct WasmExchange {
    gateway: Rc<Gateway>,
    request: RoutedRequest,
    fault: Option<FaultAction>,
    /// Response to a request with an invalid `Sandbox-Fault` header.
    refused: Option<HttpResponse>,
}

impl fmt::Debug for WasmExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasmExchange").field("fault", &self.fault).finish_non_exhaustive()
    }
}

impl WasmExchange {
    pub(super) fn new(gateway: Rc<Gateway>, request: HttpRequest) -> Self {
        let request = gateway.route(request);
        let (fault, refused) = match gateway.fault(&request) {
            Ok(fault) => (fault, None),
            Err(response) => (None, Some(response)),
        };
        Self { gateway, request, fault, refused }
    }
}

#[wasm_bindgen]
impl WasmExchange {
    /// Milliseconds of latency before the response.
    #[wasm_bindgen(js_name = latencyMs)]
    pub fn latency_ms(&self) -> f64 {
        milliseconds(fault_delivery::latency(self.fault.as_ref()))
    }

    /// Milliseconds that the caller waits for a first event.
    #[wasm_bindgen(js_name = waitMs)]
    pub fn wait_ms(&self) -> f64 {
        milliseconds(fault_delivery::wait(self.request.request()))
    }

    /// Handles the request; call again if the last response was empty because no event has occurred
    /// yet.
    pub fn answer(&self) -> WasmResponse {
        let response = match &self.refused {
            Some(refused) => Some(refused.clone()),
            None => self.gateway.handle_with(&self.request, self.fault.as_ref()),
        };
        let length = response.as_ref().map_or(0, |response| response.body.len());
        WasmResponse {
            loss: fault_delivery::loss(self.fault.as_ref()),
            pieces: fault_delivery::pieces(self.fault.as_ref(), length),
            response,
        }
    }
}

/// Response, or the way in which it is lost.
#[wasm_bindgen]
#[derive(Debug)]
pub struct WasmResponse {
    response: Option<HttpResponse>,
    loss: ResponseLoss,
    pieces: Option<ChunkSchedule>,
}

#[wasm_bindgen]
impl WasmResponse {
    /// `closed`, `reset` or `garbage` if the response is lost.
    pub fn lost(&self) -> Option<String> {
        let name = match (&self.response, self.loss) {
            (Some(_), _) => return None,
            (None, ResponseLoss::Closed) => "closed",
            (None, ResponseLoss::Reset) => "reset",
            (None, ResponseLoss::Garbage) => "garbage",
        };
        Some(name.to_owned())
    }

    /// Whether no event has occurred yet that the caller waits for.
    #[wasm_bindgen(js_name = isNothingYet)]
    pub fn is_nothing_yet(&self) -> bool {
        self.response.as_ref().is_some_and(HttpResponse::is_nothing_yet)
    }

    /// Status; 0 if the response is lost.
    pub fn status(&self) -> u16 {
        self.response.as_ref().map_or(0, |response| response.status)
    }

    /// Alternating names and values, including the content length.
    pub fn headers(&self) -> Vec<String> {
        let Some(response) = &self.response else { return Vec::new() };
        let announced = self.pieces.map_or(response.body.len() as u64, |pieces| pieces.announced);
        let headers = response.headers.iter();
        headers
            .flat_map(|(name, value)| [(*name).to_owned(), value.clone()])
            .chain(["content-length".to_owned(), announced.to_string()])
            .collect()
    }

    /// Copy of the body.
    pub fn body(&self) -> Uint8Array {
        Uint8Array::from(self.response.as_ref().map_or(&[][..], |response| &response.body))
    }

    /// Chunk size in bytes, if the body is sent in chunks.
    #[wasm_bindgen(js_name = pieceSize)]
    pub fn piece_size(&self) -> Option<usize> {
        self.pieces.map(|pieces| pieces.size)
    }

    /// Milliseconds before each chunk, and before the connection is closed.
    #[wasm_bindgen(js_name = pauseMs)]
    pub fn pause_ms(&self) -> f64 {
        milliseconds(self.pieces.map(|pieces| pieces.pause))
    }

    /// Number of bytes after which the connection is closed.
    #[wasm_bindgen(js_name = cutAfter)]
    pub fn cut_after(&self) -> Option<usize> {
        self.pieces.and_then(|pieces| pieces.cut_after)
    }
}
