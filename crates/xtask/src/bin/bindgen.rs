//! Makes a JavaScript module from compiled wasm: `bindgen INPUT.wasm OUT_NAME OUT_DIR [resets]` writes
//! `OUT_NAME.js`, `OUT_NAME.d.ts` and `OUT_NAME_bg.wasm`. The wasm file is the same for every target of
//! wasm-bindgen; the glue code of `web` receives the bytes or the module from its caller.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use walrus::{FunctionBuilder, FunctionKind, Module};
use wasm_bindgen_cli_support::Bindgen;

const USAGE: &str = "usage: bindgen INPUT.wasm OUT_NAME OUT_DIR [resets]";

/// The functions that panic. None of them returns. Their messages are never shown, because the modules
/// have no panic hook and no stderr. If they trap at once, wasm-opt can remove the messages and their
/// formatting.
const PANICS: &[&str] = &[
    "alloc::alloc::handle_alloc_error",
    "alloc::raw_vec::capacity_overflow",
    "alloc::raw_vec::handle_error",
    "core::cell::panic_already_borrowed",
    "core::cell::panic_already_mutably_borrowed",
    "core::option::expect_failed",
    "core::option::unwrap_failed",
    "core::panicking::",
    "core::result::unwrap_failed",
    "core::slice::copy_from_slice_impl::len_mismatch_fail",
    "core::slice::index::slice_",
    "core::str::slice_error_fail",
    "rustc::rust_begin_unwind",
    "rustc::rust_panic",
    "std::alloc::rust_oom",
    "std::process::abort",
    "std::panicking::panic_with_hook",
    "std::panicking::rust_panic",
];

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let ([input, name, out], more) = arguments.split_first_chunk().context(USAGE)?;
    let resets = match more {
        [] => false,
        [word] if word == "resets" => true,
        _ => bail!(USAGE),
    };
    let failed = || format!("wasm-bindgen failed on {input}");
    let mut output = Bindgen::new()
        .input_path(input)
        .out_name(name)
        .web(true)?
        .typescript(true)
        // Without the default path, the glue code has no `new URL(…, import.meta.url)`. Several
        // bundlers resolve that to a file that does not exist, because the package contains the bytes
        // in another form.
        .omit_default_module_path(true)
        .reset_state_function(resets)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate_output()
        .with_context(failed)?;
    replace_panics(output.wasm_mut())?;
    output.emit(PathBuf::from(out)).with_context(failed)
}

/// Replaces the body of every function of [`PANICS`] by a trap.
fn replace_panics(module: &mut Module) -> anyhow::Result<()> {
    let panics: Vec<_> = module
        .funcs
        .iter_local()
        .filter(|(id, _)| module.funcs.get(*id).name.as_deref().is_some_and(is_panic))
        .map(|(id, function)| (id, function.ty()))
        .collect();
    if panics.is_empty() {
        bail!("no function that panics found: check the names in PANICS against the compiler");
    }
    for (id, ty) in panics {
        let ty = module.types.get(ty);
        let (params, results) = (ty.params().to_vec(), ty.results().to_vec());
        let arguments = params.iter().map(|ty| module.locals.add(*ty)).collect();
        let mut builder = FunctionBuilder::new(&mut module.types, &params, &results);
        builder.func_body().unreachable();
        module.funcs.get_mut(id).kind = FunctionKind::Local(builder.local_func(arguments));
    }
    Ok(())
}

/// Whether a function is one of [`PANICS`]: `core[5f1a…]::option::unwrap_failed` in the compiler's
/// newer mangling, or `core::option::unwrap_failed::h1f…` in its older one.
fn is_panic(name: &str) -> bool {
    let mut path = String::new();
    for part in name.trim_start_matches('_').split('[') {
        path.push_str(part.split_once(']').map_or(part, |(_, rest)| rest));
    }
    PANICS.iter().any(|known| path.starts_with(known))
}
