//! Turns the compiled wasm into a module for JavaScript:
//! `bindgen INPUT.wasm OUT_NAME OUT_DIR [resets]` writes `OUT_NAME.js`, `OUT_NAME.d.ts` and
//! `OUT_NAME_bg.wasm`. The wasm file is the same for every target of wasm-bindgen;
//! `web` is chosen because its glue takes the bytes or the module from its caller.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use wasm_bindgen_cli_support::Bindgen;

const USAGE: &str = "usage: bindgen INPUT.wasm OUT_NAME OUT_DIR [resets]";

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let ([input, name, out], more) = arguments.split_first_chunk().context(USAGE)?;
    let resets = match more {
        [] => false,
        [word] if word == "resets" => true,
        _ => bail!(USAGE),
    };
    Bindgen::new()
        .input_path(input)
        .out_name(name)
        .web(true)?
        .typescript(true)
        // The library's default is `true`, the command line's `false`. Without the default
        // path the glue holds no `new URL(…, import.meta.url)`, which half of the bundlers
        // would resolve to a file that is not there: the package brings the bytes itself.
        .omit_default_module_path(true)
        .reset_state_function(resets)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(PathBuf::from(out))
        .with_context(|| format!("wasm-bindgen could not process {input}"))
}
