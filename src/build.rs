//! How do the long tables of `assets/` come into the program?
//!
//! As JSON: people write TOML, and reading that at each start takes longer than all the rest of `sshstep explain`.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

const TABLES: [&str; 2] = ["messages", "diagnoses"];

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
    Ok(())
}
