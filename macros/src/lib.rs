//! The procedural macro of pgstrata; use it as `pgstrata::embed_migrations!`.

use pgstrata_compiler::Depth;
use proc_macro::{LexError, TokenStream};
use quote::quote;
use std::path::PathBuf;
use syn::{LitStr, parse_macro_input};

#[cfg(feature = "full")]
const DEPTH: Depth = Depth::Full;
#[cfg(not(feature = "full"))]
const DEPTH: Depth = Depth::Certain;

/// Embeds a directory of migrations, and refuses to compile if one of them is wrong.
///
/// The directory is relative to the package's `Cargo.toml`. The macro expands to
///
/// * `pub static MIGRATIONS: pgstrata::Migrations<'static>`, and
/// * `pub enum Version`, with one variant a migration, named after it.
///
/// ```text
/// mod schema {
///     pgstrata::embed_migrations!("migrations");
/// }
/// ```
///
/// Editing or deleting a file rebuilds the crate, and so does `cargo pgstrata new`. A
/// file that was added by hand is not noticed, unless the package has a build script that
/// prints `cargo::rerun-if-changed=migrations`; `cargo pgstrata check` finds it.
#[proc_macro]
pub fn embed_migrations(input: TokenStream) -> TokenStream {
    let directory = parse_macro_input!(input as LitStr).value();
    let Some(manifest) = std::env::var_os("CARGO_MANIFEST_DIR") else {
        let message = "embed_migrations! needs CARGO_MANIFEST_DIR, which Cargo sets";
        return quote!(::core::compile_error!(#message);).into();
    };
    let root = PathBuf::from(manifest).join(&directory);
    pgstrata_compiler::expand(&root, &directory, DEPTH)
        .parse()
        .unwrap_or_else(|error: LexError| {
            let message =
                format!("pgstrata has written code that is none: {error}; please report it");
            quote!(::core::compile_error!(#message);).into()
        })
}
