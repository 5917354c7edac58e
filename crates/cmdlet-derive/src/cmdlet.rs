//! `#[derive(Cmdlet)]`

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Fields, LitStr, Result};

use crate::attribute::Errors;
use crate::command::Command;
use crate::doc;
use crate::parameter::Parameter;

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let mut errors = Errors::default();
    if !input.generics.params.is_empty() {
        errors.at(input.ident.span(), "a command is one type: it cannot have generic parameters");
    }
    let mut parameters = Vec::new();
    let mut states = Vec::new();
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => {
                for field in &fields.named {
                    if field.attrs.iter().any(|attribute| attribute.path().is_ident("state")) {
                        states.extend(field.ident.clone());
                    } else {
                        parameters.extend(Parameter::read(field, &mut errors));
                    }
                }
            }
            Fields::Unit => {}
            Fields::Unnamed(fields) => {
                let span = syn::spanned::Spanned::span(fields);
                errors.at(span, "parameters need names: write the fields with names");
            }
        },
        Data::Enum(_) | Data::Union(_) => errors.at(input.ident.span(), "a command is a struct"),
    }
    let command = Command::read(input, &mut errors);
    if command.positional_binding != Some(false) {
        number_positions(&mut parameters);
    }
    check_names(&parameters, &command, &mut errors);
    check_positions(&parameters, &mut errors);

    let name = command.full_name(input, &mut errors);
    let (impact, role) = (command.confirm_impact(&mut errors), command.role_class(&mut errors));
    errors.finish()?;

    let text = |text: &Option<LitStr>| text.as_ref().map(LitStr::value).unwrap_or_default();
    let (module, help_uri, default_set) =
        (text(&command.module), text(&command.help_uri), text(&command.default_parameter_set));
    let doc::Help { synopsis, description, examples } = doc::help(&input.attrs);
    let examples = examples.iter().map(|(code, remarks)| quote!(::cmdlet::Example { code: #code, remarks: #remarks }));
    let (links, output) = (&command.links, &command.output);
    let should_process = command.supports_should_process();
    let positional = command.positional_binding.unwrap_or(true);
    let infos = parameters.iter().map(Parameter::info);
    let fields = parameters.iter().map(|parameter| {
        let (field, value) = (&parameter.field, parameter.value());
        quote!(#field: #value)
    });
    let states = states.iter().map(|field| quote!(#field: ::core::default::Default::default()));
    let again = parameters.iter().filter(|parameter| parameter.takes_pipeline_input()).map(|parameter| {
        let (field, value) = (&parameter.field, parameter.value());
        quote!(self.#field = #value;)
    });
    let ident = &input.ident;
    Ok(quote! {
        const _: () = {
            static INFO: ::cmdlet::CommandInfo = ::cmdlet::CommandInfo {
                name: #name,
                module: #module,
                synopsis: #synopsis,
                description: #description,
                examples: &[#(#examples),*],
                links: &[#(#links),*],
                help_uri: #help_uri,
                parameters: &[#(#infos),*],
                default_parameter_set: #default_set,
                output_types: &[#(#output),*],
                supports_should_process: #should_process,
                confirm_impact: #impact,
                role_class: #role,
                positional_binding: #positional,
            };

            #[automatically_derived]
            impl ::cmdlet::Cmdlet for #ident {
                const INFO: &'static ::cmdlet::CommandInfo = &INFO;

                #[allow(unused_variables)]
                fn from_bound(bound: &::cmdlet::Bound) -> ::core::result::Result<Self, ::cmdlet::ErrorRecord> {
                    ::core::result::Result::Ok(Self { #(#fields,)* #(#states,)* })
                }

                #[allow(unused_variables)]
                fn rebind(&mut self, bound: &::cmdlet::Bound) -> ::core::result::Result<(), ::cmdlet::ErrorRecord> {
                    #(#again)*
                    ::core::result::Result::Ok(())
                }
            }
        };
    })
}

/// PowerShell's rule: without any position and any set, all but switches are positional in the order written.
fn number_positions(parameters: &mut [Parameter]) {
    let explicit =
        |parameter: &Parameter| parameter.sets.iter().any(|set| set.position.is_some() || set.name.is_some());
    if parameters.iter().any(explicit) {
        return;
    }
    let valued = parameters.iter_mut().filter(|parameter| !parameter.is_switch());
    for (parameter, position) in valued.zip(0_u16..) {
        for set in &mut parameter.sets {
            set.automatic_position = Some(position);
        }
    }
}

/// Names and aliases that every command has already.
const COMMON: &[&str] = &[
    "Verbose",
    "vb",
    "Debug",
    "db",
    "ErrorAction",
    "ea",
    "WarningAction",
    "wa",
    "InformationAction",
    "infa",
    "ProgressAction",
    "proga",
    "ErrorVariable",
    "ev",
    "WarningVariable",
    "wv",
    "InformationVariable",
    "iv",
    "OutVariable",
    "ov",
    "OutBuffer",
    "ob",
    "PipelineVariable",
    "pv",
];

const SHOULD_PROCESS: &[&str] = &["WhatIf", "wi", "Confirm", "cf"];

fn check_names(parameters: &[Parameter], command: &Command, errors: &mut Errors) {
    let mut taken: Vec<String> = Vec::new();
    for parameter in parameters {
        let own = std::iter::once((parameter.name.clone(), parameter.span));
        let aliases = parameter.aliases.iter().map(|alias| (alias.value(), alias.span()));
        for (name, span) in own.chain(aliases) {
            let is_it = |known: &&str| known.eq_ignore_ascii_case(&name);
            if COMMON.iter().any(is_it) || (command.supports_should_process() && SHOULD_PROCESS.iter().any(is_it)) {
                errors.at(span, format!("every command has a common parameter that is called `{name}`"));
            } else if taken.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
                errors.at(span, format!("two parameters are called `{name}`"));
            } else {
                taken.push(name);
            }
        }
    }
}

fn check_positions(parameters: &[Parameter], errors: &mut Errors) {
    let mut taken: Vec<(u16, Option<String>)> = Vec::new();
    for parameter in parameters {
        for set in &parameter.sets {
            let Some(position) = &set.position else { continue };
            let Some(number) = errors.take(position.base10_parse::<u16>()) else { continue };
            let name = set.name.as_ref().map(LitStr::value);
            let clash =
                taken.iter().any(|(at, other)| *at == number && (name.is_none() || other.is_none() || *other == name));
            if clash {
                errors.at(position.span(), format!("another parameter is at position {number} already"));
            } else {
                taken.push((number, name));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    /// What the compiler would say about a struct.
    fn complaints(input: &DeriveInput) -> Vec<String> {
        let error = derive(input).expect_err("it is wrong");
        error.into_iter().map(|error| error.to_string()).collect()
    }

    #[test]
    fn a_command_needs_a_whole_name() {
        assert_eq!(
            complaints(&parse_quote!(
                struct A;
            )),
            ["a command needs a name: #[cmdlet(verb = \"Get\", noun = \"Thing\")]"]
        );
        let half = parse_quote! {
            #[cmdlet(verb = "Get")]
            struct A;
        };
        assert_eq!(complaints(&half), ["a verb needs its noun: noun = \"…\""]);
    }

    #[test]
    fn an_unknown_key_is_named_with_the_one_that_was_meant() {
        let input = parse_quote! {
            #[cmdlet(verb = "Get", noun = "A")]
            struct A {
                #[parameter(mandatry)]
                name: String,
            }
        };
        let complaints = complaints(&input);
        assert!(complaints[0].starts_with("`mandatry` is not known here; did you mean `mandatory`?"), "{complaints:?}");
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let input = parse_quote! {
            #[cmdlet(verb = "Get", noun = "A", confirm_impact = "Huge", role = "Boss")]
            struct A {
                #[parameter(position = 0)]
                verbose: String,
                #[parameter(position = 0, pattern = "(")]
                name: String,
                #[parameter(mandatory)]
                fast: Switch,
                #[parameter(alias = "name", range(1))]
                other: i32,
            }
        };
        let told = complaints(&input).join("\n");
        for sentence in [
            "every command has a common parameter that is called `verbose`",
            "another parameter is at position 0 already",
            "this pattern does not compile",
            "a switch cannot be mandatory",
            "two parameters are called `name`",
            "`range` wants two numbers: range(least, most)",
            "the impact is None, Low, Medium or High",
            "the role is Read, Operate or Session",
        ] {
            assert!(told.to_lowercase().contains(&sentence.to_lowercase()), "{sentence}\n---\n{told}");
        }
    }

    #[test]
    fn one_attribute_a_set() {
        let input = parse_quote! {
            #[cmdlet(verb = "Get", noun = "A")]
            struct A {
                #[parameter(set_name = "One", mandatory)]
                #[parameter(set_name = "one")]
                name: String,
            }
        };
        assert_eq!(complaints(&input), ["two attributes of this parameter are about the same parameter set"]);
    }

    #[test]
    fn what_is_no_struct_with_names_is_no_command() {
        assert_eq!(
            complaints(&parse_quote!(
                #[cmdlet(name = "a")]
                enum A {}
            )),
            ["a command is a struct"]
        );
        assert_eq!(
            complaints(&parse_quote!(
                #[cmdlet(name = "a")]
                struct A(i32);
            )),
            ["parameters need names: write the fields with names"]
        );
        assert_eq!(
            complaints(&parse_quote!(
                #[cmdlet(name = "a")]
                struct A<T> {
                    a: T,
                }
            )),
            ["a command is one type: it cannot have generic parameters"]
        );
    }
}
