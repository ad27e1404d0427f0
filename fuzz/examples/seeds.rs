//! Writes the seeds as a corpus for cargo-fuzz: `cargo run --example seeds -- fuzz/corpus`.

use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let corpus = PathBuf::from(env::args_os().nth(1).ok_or("say where the corpus goes")?);
    for target in sakarkiv_fuzz::TARGETS {
        let folder = corpus.join(target.name);
        fs::create_dir_all(&folder)?;
        for (number, seed) in (target.seeds)().iter().enumerate() {
            fs::write(folder.join(format!("seed-{number}")), seed)?;
        }
    }
    Ok(())
}
