//! `#[parameter(…)]`

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Field, Ident, Lit, LitInt, LitStr, Path, Type};

use crate::attribute::{self, Errors};
use crate::doc;

const KEYS: &[&str] = &[
    "mandatory",
    "position",
    "pipeline",
    "pipeline_by_property_name",
    "remaining",
    "set_name",
    "name",
    "alias",
    "aliases",
    "set",
    "range",
    "length",
    "count",
    "pattern",
    "not_null",
    "not_null_or_empty",
    "not_null_or_white_space",
    "help_message",
    "default",
    "default_help",
    "secret",
    "allow_null",
    "allow_empty_string",
    "allow_empty_collection",
    "wildcards",
    "completer",
];

/// Those that say what the parameter is in a set; an attribute without any of them is not about sets.
const SET_KEYS: &[&str] = &["mandatory", "position", "pipeline", "pipeline_by_property_name", "remaining", "set_name"];

/// A field that is a parameter.
pub(crate) struct Parameter {
    pub(crate) field: Ident,
    pub(crate) kind: Type,
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) sets: Vec<Set>,
    pub(crate) aliases: Vec<LitStr>,
    validation: Vec<TokenStream>,
    help: String,
    help_message: Option<LitStr>,
    default: Option<Expr>,
    default_help: Option<LitStr>,
    completer: Option<Path>,
    flags: Vec<String>,
}

/// What the parameter is in one set, or in all if the set has no name.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools)] // each is a word of the attribute
pub(crate) struct Set {
    pub(crate) name: Option<LitStr>,
    pub(crate) mandatory: bool,
    pub(crate) position: Option<LitInt>,
    pub(crate) automatic_position: Option<u16>,
    from_pipeline: bool,
    from_pipeline_by_property_name: bool,
    remaining: bool,
    says_something: bool,
}

impl Parameter {
    pub(crate) fn read(field: &Field, errors: &mut Errors) -> Option<Parameter> {
        let ident = field.ident.clone()?;
        let mut parameter = Parameter {
            name: pascal_case(&ident.to_string()),
            span: ident.span(),
            field: ident,
            kind: field.ty.clone(),
            sets: Vec::new(),
            aliases: Vec::new(),
            validation: Vec::new(),
            help: doc::text(&field.attrs),
            help_message: None,
            default: None,
            default_help: None,
            completer: None,
            flags: Vec::new(),
        };
        let mut sets: Vec<(usize, Set)> = Vec::new();
        attribute::read(&field.attrs, "parameter", errors, |at, key, meta| {
            if sets.last().is_none_or(|(last, _)| *last != at) {
                sets.push((at, Set::default()));
            }
            let Some((_, set)) = sets.last_mut() else { return Ok(()) };
            set.says_something |= SET_KEYS.contains(&key);
            parameter.key(set, key, meta)
        });
        parameter.sets = sets.into_iter().map(|(_, set)| set).filter(|set| set.says_something).collect();
        if parameter.sets.is_empty() {
            parameter.sets.push(Set::default());
        }
        parameter.check(errors);
        Some(parameter)
    }

    fn key(&mut self, set: &mut Set, key: &str, meta: &syn::meta::ParseNestedMeta<'_>) -> syn::Result<()> {
        match key {
            "mandatory" => set.mandatory = attribute::flag(meta)?,
            "position" => set.position = Some(meta.value()?.parse()?),
            "pipeline" => set.from_pipeline = attribute::flag(meta)?,
            "pipeline_by_property_name" => set.from_pipeline_by_property_name = attribute::flag(meta)?,
            "remaining" => set.remaining = attribute::flag(meta)?,
            "set_name" => set.name = Some(attribute::text(meta)?),
            "name" => self.name = attribute::text(meta)?.value(),
            "alias" => self.aliases.push(attribute::text(meta)?),
            "aliases" => self.aliases.extend(attribute::texts(meta)?),
            "set" => {
                let names = attribute::texts(meta)?;
                if names.is_empty() {
                    return Err(meta.error("`set` needs at least one text"));
                }
                self.validation.push(quote!(::cmdlet::Validation::Set(&[#(#names),*])));
            }
            "range" => {
                let (least, most) = attribute::bounds(meta)?;
                self.validation.push(quote!(::cmdlet::Validation::Range(#least, #most)));
            }
            "length" => {
                let (least, most) = attribute::bounds(meta)?;
                self.validation.push(quote!(::cmdlet::Validation::Length(#least, #most)));
            }
            "count" => {
                let (least, most) = attribute::bounds(meta)?;
                self.validation.push(quote!(::cmdlet::Validation::Count(#least, #most)));
            }
            "pattern" => {
                let pattern = attribute::text(meta)?;
                if let Err(error) = regex_syntax::parse(&pattern.value()) {
                    return Err(syn::Error::new(pattern.span(), format!("this pattern does not compile: {error}")));
                }
                self.validation.push(quote!(::cmdlet::Validation::Pattern(#pattern)));
            }
            "not_null" => self.validation.push(quote!(::cmdlet::Validation::NotNull)),
            "not_null_or_empty" => self.validation.push(quote!(::cmdlet::Validation::NotNullOrEmpty)),
            "not_null_or_white_space" => self.validation.push(quote!(::cmdlet::Validation::NotNullOrWhiteSpace)),
            "help_message" => self.help_message = Some(attribute::text(meta)?),
            "default" => self.default = Some(meta.value()?.parse()?),
            "completer" => self.completer = Some(meta.value()?.parse()?),
            "default_help" => self.default_help = Some(attribute::text(meta)?),
            "secret" | "allow_null" | "allow_empty_string" | "allow_empty_collection" | "wildcards" => {
                if attribute::flag(meta)? {
                    self.flags.push(key.to_owned());
                }
            }
            _ => return Err(attribute::unknown(meta, KEYS)),
        }
        Ok(())
    }

    fn check(&self, errors: &mut Errors) {
        if self.is_switch() && self.sets.iter().any(|set| set.mandatory) {
            errors.at(self.span, "a switch cannot be mandatory: its absence says something too");
        }
        for (at, set) in self.sets.iter().enumerate() {
            let same = |other: &&Set| match (&set.name, &other.name) {
                (None, None) => true,
                (Some(name), Some(other)) => name.value().eq_ignore_ascii_case(&other.value()),
                _ => false,
            };
            if self.sets.iter().take(at).any(|other| same(&other)) {
                let span = set.name.as_ref().map_or(self.span, LitStr::span);
                errors.at(span, "two attributes of this parameter are about the same parameter set");
            }
        }
    }

    /// By its type's name, which is all that a macro sees.
    pub(crate) fn is_switch(&self) -> bool {
        matches!(&self.kind, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Switch"))
    }

    pub(crate) fn takes_pipeline_input(&self) -> bool {
        self.sets.iter().any(|set| set.from_pipeline || set.from_pipeline_by_property_name)
    }

    fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|known| known == flag)
    }

    /// The `ParameterInfo`.
    pub(crate) fn info(&self) -> TokenStream {
        let Parameter { name, kind, aliases, validation, help, .. } = self;
        let sets = self.sets.iter().map(Set::info);
        let help_message = self.help_message.as_ref().map(LitStr::value).unwrap_or_default();
        let default_value = self.shown_default();
        let secret = self.has("secret");
        let completer = match &self.completer {
            Some(completer) => quote!(::core::option::Option::Some(#completer)),
            None => quote!(::core::option::Option::None),
        };
        let [null, empty_string, empty_collection, wildcards] =
            ["allow_null", "allow_empty_string", "allow_empty_collection", "wildcards"].map(|flag| self.has(flag));
        let kind = quote_spanned!(kind.span()=> <#kind as ::cmdlet::convert::ParameterKind>::KIND);
        quote! {
            ::cmdlet::ParameterInfo {
                name: #name,
                kind: #kind,
                aliases: &[#(#aliases),*],
                sets: &[#(#sets),*],
                validation: &[#(#validation),*],
                help: #help,
                help_message: #help_message,
                default_value: #default_value,
                secret: #secret || #kind.is_secret(),
                allow_null: #null,
                allow_empty_string: #empty_string,
                allow_empty_collection: #empty_collection,
                accepts_wildcards: #wildcards,
                completer: #completer,
            }
        }
    }

    /// The default as help shows it.
    fn shown_default(&self) -> String {
        match (&self.default_help, &self.default) {
            (Some(text), _) => text.value(),
            (None, Some(Expr::Lit(literal))) => match &literal.lit {
                Lit::Str(text) => text.value(),
                Lit::Int(number) => number.base10_digits().to_owned(),
                Lit::Float(number) => number.base10_digits().to_owned(),
                other => quote!(#other).to_string(),
            },
            (None, Some(Expr::Path(path))) => {
                // the member of an enumeration
                path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default()
            }
            (None, Some(expression)) => quote!(#expression).to_string(),
            (None, None) => String::new(),
        }
    }

    /// The field's value out of `bound`.
    pub(crate) fn value(&self) -> TokenStream {
        let Parameter { name, kind, .. } = self;
        let always = self.sets.iter().any(|set| set.name.is_none() && set.mandatory) && !self.takes_pipeline_input();
        let span = kind.span();
        match &self.default {
            _ if always => quote_spanned!(span=> bound.required::<#kind>(#name)?),
            Some(Expr::Lit(literal)) if matches!(literal.lit, Lit::Str(_)) => quote_spanned! {span=>
                match bound.field::<#kind>(#name)? {
                    ::core::option::Option::Some(value) => value,
                    ::core::option::Option::None => ::core::convert::Into::into(#literal),
                }
            },
            Some(expression) => quote_spanned! {span=>
                match bound.field::<#kind>(#name)? {
                    ::core::option::Option::Some(value) => value,
                    ::core::option::Option::None => #expression,
                }
            },
            None => quote_spanned! {span=>
                match bound.field::<#kind>(#name)? {
                    ::core::option::Option::Some(value) => value,
                    ::core::option::Option::None => <#kind as ::cmdlet::convert::Unbound>::unbound(),
                }
            },
        }
    }
}

impl Set {
    fn info(&self) -> TokenStream {
        let everywhere = quote!(::cmdlet::ParameterSet::ALL);
        let name = self.name.as_ref().map_or(everywhere, |name| quote!(#name));
        let position = match (&self.position, self.automatic_position) {
            (Some(position), _) => quote!(::core::option::Option::Some(#position)),
            (None, Some(position)) => quote!(::core::option::Option::Some(#position)),
            (None, None) => quote!(::core::option::Option::None),
        };
        let Set { mandatory, from_pipeline, from_pipeline_by_property_name, remaining, .. } = self;
        quote! {
            ::cmdlet::ParameterSet {
                name: #name,
                mandatory: #mandatory,
                position: #position,
                from_pipeline: #from_pipeline,
                from_pipeline_by_property_name: #from_pipeline_by_property_name,
                from_remaining_arguments: #remaining,
            }
        }
    }
}

/// `user_name` is `UserName`.
pub(crate) fn pascal_case(name: &str) -> String {
    let name = name.strip_prefix("r#").unwrap_or(name);
    name.split('_')
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(letters)
        })
        .collect()
}
