//! Turns the compiled wasm into a module for JavaScript:
//! `bindgen INPUT.wasm OUT_NAME OUT_DIR [resets]` writes `OUT_NAME.js`, `OUT_NAME.d.ts` and
//! `OUT_NAME_bg.wasm`. The wasm file is the same for every target of wasm-bindgen;
//! `web` is chosen because its glue takes the bytes or the module from its caller.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use walrus::{FunctionBuilder, FunctionKind, Module};
use wasm_bindgen_cli_support::Bindgen;

const USAGE: &str = "usage: bindgen INPUT.wasm OUT_NAME OUT_DIR [resets]";

/// Where every panic ends, and what is on the way there. None of them returns. As no module has a
/// panic hook and there is no stderr, nobody sees the message that they would make: they trap as
/// they do after it, and wasm-opt drops the texts, the places in the source and the formatting.
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
    let failed = || format!("wasm-bindgen could not process {input}");
    let mut output = Bindgen::new()
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
        .generate_output()
        .with_context(failed)?;
    trap_at_once(output.wasm_mut())?;
    output.emit(PathBuf::from(out)).with_context(failed)
}

/// Puts a trap in the place of every function of [`PANICS`].
///
/// # Errors
/// When none is there: the compiler names them in another way.
fn trap_at_once(module: &mut Module) -> anyhow::Result<()> {
    let panics: Vec<_> = module
        .funcs
        .iter_local()
        .filter(|(id, _)| module.funcs.get(*id).name.as_deref().is_some_and(is_panic))
        .map(|(id, function)| (id, function.ty()))
        .collect();
    if panics.is_empty() {
        bail!("no function that panics was found by its name");
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

/// Whether a function is one of [`PANICS`]: `core[5f1a…]::option::unwrap_failed`, in the compiler's
/// newer form of names, or `core::option::unwrap_failed::h1f…` in its older one.
fn is_panic(name: &str) -> bool {
    let mut path = String::new();
    for part in name.trim_start_matches('_').split('[') {
        path.push_str(part.split_once(']').map_or(part, |(_, rest)| rest));
    }
    PANICS.iter().any(|known| path.starts_with(known))
}
