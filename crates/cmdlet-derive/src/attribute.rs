//! Reading attributes, with errors that point at the part that is wrong.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Error, LitStr, Result};

/// Collects errors, so that a compilation shows them all.
#[derive(Default)]
pub(crate) struct Errors(Option<Error>);

impl Errors {
    pub(crate) fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            None => self.0 = Some(error),
        }
    }

    pub(crate) fn at(&mut self, span: Span, message: impl std::fmt::Display) {
        self.push(Error::new(span, message));
    }

    /// The value, or what went wrong on the way to it.
    pub(crate) fn take<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    pub(crate) fn finish(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}

/// The attributes of this name: each key is handed to a reader, with the number of its attribute.
pub(crate) fn read(
    attributes: &[Attribute],
    name: &str,
    errors: &mut Errors,
    mut key: impl FnMut(usize, &str, &ParseNestedMeta<'_>) -> Result<()>,
) {
    for (at, attribute) in attributes.iter().filter(|attribute| attribute.path().is_ident(name)).enumerate() {
        let result = attribute.parse_nested_meta(|meta| {
            let Some(ident) = meta.path.get_ident() else {
                return Err(meta.error("a single word is expected here"));
            };
            key(at, &ident.to_string(), &meta)
        });
        errors.take(result);
    }
}

/// `= "text"`
pub(crate) fn text(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    meta.value()
        .and_then(syn::parse::ParseBuffer::parse)
        .map_err(|error| Error::new(error.span(), format!("`{}` wants a text: {0} = \"…\"", key_name(meta))))
}

/// `("text", "text", …)`
pub(crate) fn texts(meta: &ParseNestedMeta<'_>) -> Result<Vec<LitStr>> {
    list(meta, "texts: (\"…\", \"…\")")
}

/// `(least, most)`
pub(crate) fn bounds(meta: &ParseNestedMeta<'_>) -> Result<(syn::Expr, syn::Expr)> {
    let numbers: Vec<syn::Expr> = list(meta, "two numbers: (least, most)")?;
    match <[syn::Expr; 2]>::try_from(numbers) {
        Ok([least, most]) => Ok((least, most)),
        Err(_) => Err(meta.error(format!("`{}` wants two numbers: {0}(least, most)", key_name(meta)))),
    }
}

fn list<T: syn::parse::Parse>(meta: &ParseNestedMeta<'_>, wanted: &str) -> Result<Vec<T>> {
    if !meta.input.peek(syn::token::Paren) {
        return Err(meta.error(format!("`{}` wants {wanted}", key_name(meta))));
    }
    let content;
    syn::parenthesized!(content in meta.input);
    let items = content.parse_terminated(T::parse, syn::Token![,])?;
    Ok(items.into_iter().collect())
}

/// Nothing, `= true` or `= false`
pub(crate) fn flag(meta: &ParseNestedMeta<'_>) -> Result<bool> {
    if !meta.input.peek(syn::Token![=]) {
        return Ok(true);
    }
    let value: syn::LitBool = meta.value()?.parse()?;
    Ok(value.value)
}

pub(crate) fn key_name(meta: &ParseNestedMeta<'_>) -> String {
    meta.path.get_ident().map(ToString::to_string).unwrap_or_default()
}

/// A key that nobody knows.
pub(crate) fn unknown(meta: &ParseNestedMeta<'_>, known: &[&str]) -> Error {
    let name = key_name(meta);
    let near = known.iter().find(|candidate| {
        let shared = candidate.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
        shared >= 3.min(name.len())
    });
    let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    meta.error(format!("`{name}` is not known here{hint} (known: {})", known.join(", ")))
}
