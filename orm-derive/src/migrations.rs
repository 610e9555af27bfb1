//! `migrations!("migrations")`: embeds a folder of migrations into the program.
//!
//! The macro only embeds: nothing is parsed here, so that a broken file cannot keep the crate from building. A macro
//! is not run again when a file is added; it is when a file that it includes changes, and `heads.toml` changes with
//! every migration.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, LitStr};

pub(crate) fn expand(input: TokenStream) -> syn::Result<TokenStream> {
    let folder: LitStr = syn::parse2(input).map_err(|error| {
        Error::new(
            error.span(),
            "write the folder of the migrations: migrations!(\"migrations\")",
        )
    })?;
    let refuse = |message: String| Error::new(folder.span(), message);
    let root = std::env::var_os("CARGO_MANIFEST_DIR")
        .map(|root| PathBuf::from(root).join(folder.value()))
        .ok_or_else(|| refuse("only cargo can say where the folder is".to_owned()))?;
    let heads = root.join("heads.toml");
    if !heads.is_file() {
        return Err(refuse(format!(
            "there is no {}; `migrate init` starts it",
            heads.display()
        )));
    }
    let files = migrations_in(&root)
        .map_err(|error| refuse(format!("cannot read {}: {error}", root.display())))?;
    let heads = heads.display().to_string();
    let names = files.iter().map(|(name, _)| name);
    let paths = files.iter().map(|(_, path)| path.display().to_string());
    Ok(quote! {
        /// The migrations of this package.
        pub static MIGRATIONS: ::nuages::migrate::files::EmbeddedMigrations =
            ::nuages::migrate::files::EmbeddedMigrations {
                package: ::core::env!("CARGO_PKG_NAME"),
                heads: ::core::include_str!(#heads),
                files: &[#((#names, ::core::include_str!(#paths))),*],
            };
        const _: () = {
            use ::nuages::migrate::files::inventory;
            inventory::submit! { MIGRATIONS }
        };
    })
}

/// The path within the folder (`blog/0001_initial.toml`) and the whole path of each migration, sorted.
fn migrations_in(root: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    for app in entries(root)?.iter().filter(|path| path.is_dir()) {
        for file in entries(app)? {
            let name = name_of(&file);
            if name.ends_with(".toml") && !name.starts_with(['.', '_', '~']) {
                files.push((format!("{}/{name}", name_of(app)), file));
            }
        }
    }
    Ok(files)
}

fn entries(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(path)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<PathBuf>>>()?;
    paths.sort();
    Ok(paths)
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}
