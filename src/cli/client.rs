//! `pepd client`: puts the native client library where a PowerShell finds it, and takes it away again.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::place::Surroundings;
use super::{Client, ClientPlace, Done};

/// The name that PowerShell looks for.
const LIBRARY: &str = "libpsrpclient.so";

/// A library that was there before ours.
const KEPT: &str = "libpsrpclient.so.before-pepd";

/// Ours says so, somewhere in its bytes.
const MARK: &[u8] = b"the native WSMan client of pepd";

/// Around the line of the profile.
const BEGIN: &str = "# pepd client: begin";
const END: &str = "# pepd client: end";

pub(super) fn run(client: Client, surroundings: &Surroundings) -> Done {
    match client {
        Client::Install(place) => install(&place, surroundings),
        Client::Uninstall(place) => uninstall(&place, surroundings),
    }
}

fn install(place: &ClientPlace, surroundings: &Surroundings) -> Done {
    let library = library(place)?;
    if !place.user {
        let home = powershell(place)?;
        match put(&library, &home) {
            Ok(()) => {
                say(&format!("PowerShell in {} has {LIBRARY} now.", home.display()))?;
                return next_step();
            }
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied && place.pwsh.is_none() => {
                say(&format!("{} may not be written ({error}).", home.display()))?;
            }
            Err(error) => return Err(format!("{}: {error}", home.display()).into()),
        }
    }
    let (mine, profile) = user_places(surroundings)?;
    let line = format!("$null = [System.Runtime.InteropServices.NativeLibrary]::Load('{}')", quoted(&mine));
    let change = || -> io::Result<()> {
        copy(&library, &mine)?;
        let old = read(&profile)?;
        let new = format!("{}{BEGIN}\n{line}\n{END}\n", without_block(&old));
        replace(&profile, new.as_bytes())
    };
    change().map_err(|error| format!("{}: {error}", profile.display()))?;
    say(&format!("{LIBRARY} lies in {} and is loaded by a line in {}.", mine.display(), profile.display()))?;
    next_step()
}

fn uninstall(place: &ClientPlace, surroundings: &Surroundings) -> Done {
    let mut done = false;
    if !place.user
        && let Ok(home) = powershell(place)
    {
        done |= take(&home).map_err(|error| format!("{}: {error}", home.display()))?;
    }
    if place.pwsh.is_none()
        && let Ok((mine, profile)) = user_places(surroundings)
    {
        let change = || -> io::Result<bool> {
            let old = read(&profile)?;
            let new = without_block(&old);
            if new != old {
                if new.is_empty() {
                    fs::remove_file(&profile)?;
                } else {
                    replace(&profile, new.as_bytes())?;
                }
                say(&format!("The line in {} is gone.", profile.display()))?;
            }
            let there = mine.exists();
            if there {
                fs::remove_file(&mine)?;
                say(&format!("{} is gone.", mine.display()))?;
            }
            Ok(there || new != old)
        };
        done |= change().map_err(|error| format!("{}: {error}", profile.display()))?;
    }
    if !done {
        say("There is nothing to uninstall.")?;
    }
    Ok(())
}

/// The library that is given, or the one beside this program.
fn library(place: &ClientPlace) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let library = match &place.library {
        Some(library) => library.clone(),
        None => std::env::current_exe()?.with_file_name(LIBRARY),
    };
    if !library.is_file() {
        let hint = "build it with `cargo build --release -p psrpclient`, or give it by --library";
        return Err(format!("{} is not there: {hint}", library.display()).into());
    }
    if !is_ours(&library)? {
        return Err(format!("{} is not pepd's {LIBRARY}", library.display()).into());
    }
    Ok(library)
}

/// The directory with `pwsh.dll`: the given one, or that of the `pwsh` on `PATH`.
fn powershell(place: &ClientPlace) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let home = match &place.pwsh {
        Some(home) => home.clone(),
        None => {
            let path = std::env::var_os("PATH").unwrap_or_default();
            let pwsh = std::env::split_paths(&path).map(|directory| directory.join("pwsh")).find(|pwsh| pwsh.is_file());
            let pwsh = pwsh.ok_or("there is no pwsh on PATH: give PowerShell's directory by --pwsh")?;
            match pwsh.canonicalize()?.parent() {
                Some(home) if home.join("pwsh.dll").is_file() => home.to_owned(),
                // a script that starts it from elsewhere
                _ => asked(&pwsh)?,
            }
        }
    };
    if !home.join("pwsh.dll").is_file() {
        return Err(format!("{} is not the home of a PowerShell: there is no pwsh.dll", home.display()).into());
    }
    Ok(home)
}

/// Where a PowerShell says that it lies.
fn asked(pwsh: &Path) -> io::Result<PathBuf> {
    let said = Command::new(pwsh).args(["-NoLogo", "-NoProfile", "-NonInteractive", "-Command", "$PSHOME"]).output()?;
    Ok(String::from_utf8_lossy(&said.stdout).trim().into())
}

/// Puts the library into PowerShell's home. What was there stays beside it.
fn put(library: &Path, home: &Path) -> io::Result<()> {
    let at = home.join(LIBRARY);
    if at.exists() && !is_ours(&at)? {
        fs::rename(&at, home.join(KEPT))?;
    }
    copy(library, &at)
}

/// Takes the library out of PowerShell's home, and brings back what was there before.
fn take(home: &Path) -> io::Result<bool> {
    let (at, kept) = (home.join(LIBRARY), home.join(KEPT));
    if !at.exists() || !is_ours(&at)? {
        return Ok(false);
    }
    fs::remove_file(&at)?;
    say(&format!("{} is gone.", at.display()))?;
    if kept.exists() {
        fs::rename(&kept, &at)?;
        say(&format!("{} is what it was before.", at.display()))?;
    }
    Ok(true)
}

/// The library and the profile of this user.
fn user_places(surroundings: &Surroundings) -> Result<(PathBuf, PathBuf), &'static str> {
    let home = surroundings.home.as_deref().ok_or("this user has no home directory")?;
    let or = |given: &Option<PathBuf>, usual: &str| given.clone().unwrap_or_else(|| home.join(usual));
    let library = or(&surroundings.data_home, ".local/share").join("pepd").join(LIBRARY);
    // CurrentUserAllHosts
    Ok((library, or(&surroundings.config_home, ".config").join("powershell/profile.ps1")))
}

/// A path inside PowerShell's single quotes.
fn quoted(path: &Path) -> String {
    path.display().to_string().replace('\'', "''")
}

fn read(profile: &Path) -> io::Result<String> {
    match fs::read_to_string(profile) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        read => read,
    }
}

/// The profile without what stands between our marks.
fn without_block(profile: &str) -> String {
    let mut inside = false;
    let lines = profile.split_inclusive('\n').filter(|line| {
        let (begins, ends) = (line.trim_end() == BEGIN, line.trim_end() == END);
        inside |= begins;
        let keep = !inside;
        inside &= !ends;
        keep
    });
    let mut rest: String = lines.collect();
    if !rest.is_empty() && !rest.ends_with('\n') {
        rest.push('\n');
    }
    rest
}

fn is_ours(library: &Path) -> io::Result<bool> {
    let bytes = fs::read(library)?;
    Ok(memchr::memmem::find(&bytes, MARK).is_some())
}

/// A new file, in place of an old one that a running PowerShell may have mapped.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    replace(to, &fs::read(from)?)
}

fn replace(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = file.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(directory)?;
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = directory.join(name);
    fs::write(&new, bytes)?;
    fs::rename(&new, file)
}

fn next_step() -> Done {
    say(
        "\nNow type in PowerShell:\n\n    Enter-PSSession -ComputerName HOST -ConfigurationName PrivilegedEndpoint -Authentication Negotiate -Credential USER",
    )?;
    Ok(())
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_a_profile_stays_as_it_was() {
        let profile = format!("Set-Alias ll ls\n{BEGIN}\n$null = 1\n{END}\nfunction f {{ }}");
        assert_eq!(without_block(&profile), "Set-Alias ll ls\nfunction f { }\n");
        assert_eq!(without_block("a\n"), "a\n");
        assert_eq!(without_block(""), "");
        // somebody took the end away
        assert_eq!(without_block(&format!("a\n{BEGIN}\nb\n")), "a\n");
    }

    #[test]
    fn what_was_in_powershell_s_home_comes_back() {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path();
        let ours = home.join("built.so");
        fs::write(&ours, [b"...".as_slice(), MARK].concat()).unwrap();
        fs::write(home.join(LIBRARY), "another").unwrap();
        put(&ours, home).unwrap();
        put(&ours, home).unwrap(); // once more does no harm
        assert!(is_ours(&home.join(LIBRARY)).unwrap());
        assert!(take(home).unwrap());
        assert_eq!(fs::read_to_string(home.join(LIBRARY)).unwrap(), "another");
        assert!(!take(home).unwrap(), "it is not ours");
    }
}
