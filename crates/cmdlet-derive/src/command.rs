//! `#[cmdlet(…)]`

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, LitStr};

use crate::attribute::{self, Errors};

const KEYS: &[&str] = &[
    "verb",
    "noun",
    "name",
    "module",
    "output",
    "confirm_impact",
    "supports_should_process",
    "default_parameter_set",
    "positional_binding",
    "role",
    "link",
    "help_uri",
];

/// What a struct says about its command.
#[derive(Default)]
pub(crate) struct Command {
    verb: Option<LitStr>,
    noun: Option<LitStr>,
    name: Option<LitStr>,
    pub(crate) module: Option<LitStr>,
    pub(crate) output: Vec<LitStr>,
    confirm_impact: Option<LitStr>,
    should_process: bool,
    pub(crate) default_parameter_set: Option<LitStr>,
    pub(crate) positional_binding: Option<bool>,
    role: Option<LitStr>,
    pub(crate) links: Vec<LitStr>,
    pub(crate) help_uri: Option<LitStr>,
}

impl Command {
    pub(crate) fn read(input: &DeriveInput, errors: &mut Errors) -> Command {
        let mut command = Command::default();
        attribute::read(&input.attrs, "cmdlet", errors, |_, key, meta| {
            match key {
                "verb" => command.verb = Some(attribute::text(meta)?),
                "noun" => command.noun = Some(attribute::text(meta)?),
                "name" => command.name = Some(attribute::text(meta)?),
                "module" => command.module = Some(attribute::text(meta)?),
                "output" => command.output.push(attribute::text(meta)?),
                "confirm_impact" => {
                    command.confirm_impact = Some(attribute::text(meta)?);
                    command.should_process = true;
                }
                "supports_should_process" => command.should_process = attribute::flag(meta)?,
                "default_parameter_set" => command.default_parameter_set = Some(attribute::text(meta)?),
                "positional_binding" => command.positional_binding = Some(attribute::flag(meta)?),
                "role" => command.role = Some(attribute::text(meta)?),
                "link" => command.links.push(attribute::text(meta)?),
                "help_uri" => command.help_uri = Some(attribute::text(meta)?),
                _ => return Err(attribute::unknown(meta, KEYS)),
            }
            Ok(())
        });
        command
    }

    /// `Verb-Noun`
    pub(crate) fn full_name(&self, input: &DeriveInput, errors: &mut Errors) -> String {
        match (&self.verb, &self.noun, &self.name) {
            (Some(verb), Some(noun), None) => format!("{}-{}", verb.value(), noun.value()),
            (None, None, Some(name)) => name.value(),
            (None, None, None) => {
                errors.at(input.ident.span(), "a command needs a name: #[cmdlet(verb = \"Get\", noun = \"Thing\")]");
                String::new()
            }
            (_, _, Some(name)) => {
                errors.at(name.span(), "`name` stands instead of `verb` and `noun`, not beside them");
                name.value()
            }
            (Some(only), None, None) => {
                errors.at(only.span(), "a verb needs its noun: noun = \"…\"");
                String::new()
            }
            (None, Some(only), None) => {
                errors.at(only.span(), "a noun needs its verb: verb = \"…\"");
                String::new()
            }
        }
    }

    pub(crate) fn supports_should_process(&self) -> bool {
        self.should_process
    }

    pub(crate) fn confirm_impact(&self, errors: &mut Errors) -> TokenStream {
        let Some(text) = &self.confirm_impact else { return quote!(::cmdlet::ConfirmImpact::Medium) };
        match text.value().as_str() {
            "None" => quote!(::cmdlet::ConfirmImpact::None),
            "Low" => quote!(::cmdlet::ConfirmImpact::Low),
            "Medium" => quote!(::cmdlet::ConfirmImpact::Medium),
            "High" => quote!(::cmdlet::ConfirmImpact::High),
            _ => {
                errors.at(text.span(), "the impact is None, Low, Medium or High");
                TokenStream::new()
            }
        }
    }

    pub(crate) fn role_class(&self, errors: &mut Errors) -> TokenStream {
        let Some(text) = &self.role else { return quote!(::cmdlet::RoleClass::Read) };
        match text.value().as_str() {
            "Read" => quote!(::cmdlet::RoleClass::Read),
            "Operate" => quote!(::cmdlet::RoleClass::Operate),
            "Session" => quote!(::cmdlet::RoleClass::Session),
            _ => {
                errors.at(text.span(), "the role is Read, Operate or Session");
                TokenStream::new()
            }
        }
    }
}
