//! Derives for commands: `Cmdlet` for the command itself, `PsObject` for what it writes, `PsEnum` for its enumerations.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod attribute;
mod cmdlet;
mod command;
mod doc;
mod parameter;
mod ps_enum;
mod ps_object;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct a command: its doc comment is the help, its fields are the parameters.
///
/// On the struct, `#[cmdlet(…)]`:
///
/// | Key | Meaning |
/// |---|---|
/// | `verb = "Get", noun = "Thing"` | the name; or `name = "prompt"` for one without a verb |
/// | `module = "…"` | the module it is listed under |
/// | `output = "System.String"` | .NET name of a type it writes; may stand several times |
/// | `confirm_impact = "High"` | None, Low, Medium or High; also says `supports_should_process` |
/// | `supports_should_process` | has `-WhatIf` and `-Confirm` |
/// | `default_parameter_set = "…"` | which set is meant when nothing tells them apart |
/// | `positional_binding = false` | parameters without `position` are never bound by position |
/// | `role = "Operate"` | Read (so by default), Operate or Session |
/// | `link = "…"` | a related link; may stand several times |
/// | `help_uri = "…"` | where more is to be read on line |
///
/// On a field, `#[parameter(…)]`:
///
/// | Key | Meaning |
/// |---|---|
/// | `mandatory`, `position = 0` | must be given; its place among arguments without a name |
/// | `pipeline`, `pipeline_by_property_name`, `remaining` | takes the pipeline's objects, their property of its name, all arguments that are left |
/// | `set_name = "…"` | what this attribute says holds in this parameter set only; one attribute a set |
/// | `name = "…"`, `alias = "…"`, `aliases("…", "…")` | its name if not the field's own, other names |
/// | `set("…", …)`, `range(1, 9)`, `length(1, 9)`, `count(1, 9)`, `pattern = "…"`, `not_null`, `not_null_or_empty`, `not_null_or_white_space` | validation, in this order |
/// | `help_message = "…"` | what `!?` shows at a prompt |
/// | `default = 1` | the value when nothing is given, any expression; `default_help = "…"` if help shall show another text |
/// | `secret` | never in a record or log; secure strings and credentials are so by themselves |
/// | `allow_null`, `allow_empty_string`, `allow_empty_collection` | what a mandatory parameter takes |
/// | `wildcards` | takes globs, as help says |
/// | `completer = function` | who knows its values for the Tab key: a `cmdlet::Completer` |
///
/// As in PowerShell, if no parameter has a position and none names a set, all but switches are positional in the order they
/// are written, unless `positional_binding = false`.
///
/// A field with `#[state]` is no parameter: it starts with its type's default and is the command's own.
#[proc_macro_derive(Cmdlet, attributes(cmdlet, parameter, state))]
pub fn derive_cmdlet(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    cmdlet::derive(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes an enum with `#[ps_enum(type_name = "System.DayOfWeek")]` one that parameters can be of. `flags` in the attribute says
/// that several members may be given at once (the field is then `Flags<T>`). A variant's value is its discriminant, its name
/// may be changed with `#[ps_enum(name = "…")]`.
#[proc_macro_derive(PsEnum, attributes(ps_enum))]
pub fn derive_ps_enum(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    ps_enum::derive(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a struct a type that commands write: its fields are the object's properties, in order.
///
/// On the struct, `#[ps_object(…)]`:
///
/// | Key | Meaning |
/// |---|---|
/// | `type_name = "Vendor.Product.Thing"` | the .NET name it goes by |
/// | `table(field, field(label = "…", width = 9, align = "Right"), …)` | how it is shown: these columns; numbers stand to the right unless said otherwise |
/// | `list(field, field(label = "…"), …)` | or these lines |
/// | `auto_size`, `wrap` | columns as wide as what stands in them; long cells go on in the next line |
/// | `view_name = "…"` | the view's name if not the last part of the type's |
///
/// On a field, `#[ps_object(name = "SID")]` changes the property's name, `#[ps_object(skip)]` leaves the field out. A field's type
/// is anything that is `Into<Value>`, or a `Vec` of that.
#[proc_macro_derive(PsObject, attributes(ps_object))]
pub fn derive_ps_object(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    ps_object::derive(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}
