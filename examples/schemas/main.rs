//! Writes `assets/schemas.txt` anew from the vendor's classes.
//!
//! ```text
//! GCWATCH_TEST_DATA=FOLDER cargo run --example schemas
//! ```
//!
//! The folder holds `topic-schemas.json`: `topics` (each with its class) and `classes` (each with its
//! fields and their types), as read out of the vendor's public kits.
use std::path::Path;

mod compact;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::var_os("GCWATCH_TEST_DATA")
        .ok_or("GCWATCH_TEST_DATA names no folder with topic-schemas.json")?;
    let input = std::fs::read_to_string(Path::new(&folder).join("topic-schemas.json"))?;
    let made = compact::compact(&input)?;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/schemas.txt");
    std::fs::write(&path, &made)?;
    println!("{}: {} bytes", path.display(), made.len());
    Ok(())
}
