//! Writes the licences of the packages that `pepd` is made of, for `Get-ThirdPartyNotices`.
//!
//! `cargo tree` says which packages the program is linked from, on this platform and with these features; their licence files lie
//! beside their sources in cargo's home.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../..").canonicalize()?;
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", root.join("Cargo.lock").display());
    let packages = packages(&root)?;
    let notices = notices(&root, &packages)?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("third-party-notices.txt"), notices)?;
    Ok(())
}

/// Copies of other people's packages that differ from what they published.
const VENDORED: &str = "vendor";

struct Package {
    name: String,
    version: String,
    licence: String,
    repository: String,
}

/// What the program `pepd` is linked from; our own packages are left out.
fn packages(root: &Path) -> Result<Vec<Package>, Box<dyn Error>> {
    // A build of this crate alone may not have brought the sources of the whole program, and then cargo must fetch them.
    let tree = cargo_tree(root, &["--offline"]).or_else(|_| cargo_tree(root, &[]))?;
    let mut packages = BTreeMap::new();
    for line in tree.lines() {
        let mut fields = line.split(" | ");
        let (Some(package), Some(licence), Some(repository)) = (fields.next(), fields.next(), fields.next()) else {
            return Err(format!("cargo tree said {line:?}").into());
        };
        let mut words = package.split(' ');
        let (Some(name), Some(version)) = (words.next(), words.next()) else {
            return Err(format!("cargo tree said {package:?}").into());
        };
        let vendored = root.join(VENDORED);
        let ours = words.next().is_some_and(|place| {
            let place = Path::new(place.trim_start_matches('(').trim_end_matches(')'));
            place.is_absolute() && !place.starts_with(&vendored)
        });
        if !ours {
            let version = version.trim_start_matches('v').to_owned();
            let licence =
                if licence.is_empty() { "see its licence file".to_owned() } else { licence.replace('/', " OR ") };
            let package = Package { name: name.to_owned(), version, licence, repository: repository.to_owned() };
            packages.insert((package.name.clone(), package.version.clone()), package);
        }
    }
    Ok(packages.into_values().collect())
}

fn cargo_tree(root: &Path, more: &[&str]) -> Result<String, Box<dyn Error>> {
    let output = Command::new(env::var("CARGO")?)
        .args(["tree", "--package", "pepd", "--edges", "normal,no-proc-macro", "--prefix", "none", "--no-dedupe"])
        .args(["--format", "{p} | {l} | {r}", "--locked", "--color", "never"])
        .args(["--target", &env::var("TARGET")?])
        .arg("--manifest-path")
        .arg(root.join("Cargo.toml"))
        .args(more)
        .output()?;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("cargo tree, which says whose licences to list, failed: {said}").into())
}

fn notices(root: &Path, packages: &[Package]) -> Result<String, Box<dyn Error>> {
    let mut homes = vec![root.join(VENDORED)];
    homes.extend(sources()?);
    let mut list = String::from("This endpoint is made of the following software.\n\n");
    // Many packages have the very same text: it stands once.
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in packages {
        let Package { name, version, licence, repository } = package;
        writeln!(list, "{name} {version}: {licence} ({repository})")?;
        let files = licence_files(&homes, package)?;
        for file in files {
            let text = String::from_utf8_lossy(&fs::read(file)?).replace("\r\n", "\n").replace('\u{c}', "\n");
            let covered = texts.entry(text.trim_matches('\n').trim_end().to_owned()).or_default();
            let package = format!("{name} {version}");
            if !covered.contains(&package) {
                covered.push(package);
            }
        }
    }
    let mut texts: Vec<_> = texts.into_iter().collect();
    texts.sort_by(|(_, one), (_, other)| one.cmp(other));
    let mut notices = list.trim_end().to_owned();
    for (text, covered) in texts {
        write!(notices, "\u{c}{}\n{}\n\n{text}", "-".repeat(80), covered.join(", "))?;
    }
    Ok(notices)
}

/// The directories that hold the sources of packages.
fn sources() -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let home = match env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => env::home_dir().ok_or("there is neither CARGO_HOME nor a home directory")?.join(".cargo"),
    };
    let registries = fs::read_dir(home.join("registry/src"))?;
    Ok(registries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?)
}

/// The licence files of a package, sorted. It is an error if its sources are nowhere; some have no such file.
fn licence_files(homes: &[PathBuf], package: &Package) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let Package { name, version, .. } = package;
    let source = homes.iter().map(|home| home.join(format!("{name}-{version}"))).find(|source| source.is_dir());
    let Some(source) = source else {
        return Err(
            format!("the sources of {name} {version}, whose licence is to be listed, are not in {homes:?}").into()
        );
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(source)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_uppercase();
        let speaks_of_rights = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"]
            .iter()
            .any(|word| name.starts_with(word));
        if speaks_of_rights && entry.file_type()?.is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}
