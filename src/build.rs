//! How do the long tables of `assets/` come into the program?
//!
//! As JSON: people write TOML, and reading that at each start takes longer than all the rest of `sshstep explain`.
//! Of a provider's file only what each start needs to find the right one.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

const TABLES: [&str; 2] = ["messages", "diagnoses"];

/// The fields of `src/provider/list.rs`'s `Head`.
const HEAD: [&str; 6] = ["id", "name", "order", "also", "hosts", "host_patterns"];

fn main() -> Result<(), Box<dyn Error>> {
    let out = env::var("OUT_DIR")?;
    for name in TABLES {
        let source = format!("assets/{name}.toml");
        println!("cargo::rerun-if-changed={source}");
        let text = fs::read_to_string(&source)?;
        let table: serde_json::Value =
            toml::from_str(&text).map_err(|error| format!("{source}: {error}"))?;
        let json = serde_json::to_string(&table)?;
        fs::write(Path::new(&out).join(format!("{name}.json")), json)?;
    }
    let heads = serde_json::to_string(&provider_heads()?)?;
    fs::write(Path::new(&out).join("providers.json"), heads)?;
    Ok(())
}

/// What finds each provider, by the name of its file.
fn provider_heads() -> Result<serde_json::Value, Box<dyn Error>> {
    const FOLDER: &str = "assets/providers";
    println!("cargo::rerun-if-changed={FOLDER}");
    let mut heads = serde_json::Map::new();
    for entry in fs::read_dir(FOLDER)? {
        let path = entry?.path();
        let text = fs::read_to_string(&path)?;
        let mut table: serde_json::Map<String, serde_json::Value> =
            toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        table.retain(|field, _| HEAD.contains(&field.as_str()));
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        heads.insert(name.into_owned(), table.into());
    }
    Ok(heads.into())
}
