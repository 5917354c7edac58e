//! `docs/commands.md` is made from the table.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use cmdlet::discover::syntax_text;
use cmdlet::{CommandInfo, ParameterInfo, RoleClass, Validation};

const HEAD: &str = "\
# Commands

Every command of the endpoint, made from the same table as `Get-Command` and `Get-Help`. A command that has nothing to work on in an
endpoint is not there: `Close-PrivilegedEndpoint` without a place for transcripts, `Stop-AzureStack`, `Start-AzureStack` and
`Get-ActionStatus` without a power plan in the [inventory](inventory.md). All commands have PowerShell's common parameters; those that
change something have `-WhatIf` and `-Confirm` where the syntax shows them.
";

fn page() -> String {
    let table = commands::table();
    let mut infos: Vec<&CommandInfo> = table.commands().collect();
    infos.sort_by_key(|info| (info.role_class == RoleClass::Session, info.name));
    let mut page = String::from(HEAD);
    page.push_str("\n| Command | |\n|---|---|\n");
    for info in &infos {
        let _ = writeln!(page, "| [{}](#{}) | {} |", info.name, info.name.to_lowercase(), cell(info.synopsis));
    }
    for info in infos {
        command(&mut page, info);
    }
    page
}

fn command(page: &mut String, info: &CommandInfo) {
    let _ =
        write!(page, "\n## {}\n\n{}\n\n```\n{}\n```\n", info.name, info.synopsis, syntax_text(info, info.name).trim());
    if !info.description.is_empty() {
        let _ = write!(page, "\n{}\n", info.description.trim());
    }
    if !info.parameters.is_empty() {
        page.push_str("\n| Parameter | Type | Default | |\n|---|---|---|---|\n");
        for parameter in info.parameters {
            row(page, parameter);
        }
    }
    if !info.output_types.is_empty() {
        let _ = write!(page, "\nWrites: `{}`\n", info.output_types.join("`, `"));
    }
    for example in info.examples {
        let _ = write!(page, "\n```powershell\n{}\n```\n\n{}\n", example.code.trim(), example.remarks.trim());
    }
}

fn row(page: &mut String, parameter: &ParameterInfo) {
    let mandatory = parameter.sets.iter().any(|set| set.mandatory);
    let values = parameter.validation.iter().find_map(|validation| match validation {
        Validation::Set(values) => Some(format!(" One of `{}`.", values.join("`, `"))),
        _ => None,
    });
    let _ = writeln!(
        page,
        "| `-{}`{} | {} | {} | {}{} |",
        parameter.name,
        if mandatory { ", must be given" } else { "" },
        cell(&parameter.kind.accelerator()),
        cell(parameter.default_value),
        cell(parameter.help),
        values.map(|values| cell(&values)).unwrap_or_default(),
    );
}

/// A text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}

#[test]
fn the_page_is_made_from_the_table() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/commands.md");
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&file, page()).unwrap();
    }
    let stands = fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(stands, page(), "UPDATE_DOCS=1 cargo nextest run -p commands -E 'test(the_page)'");
}
