//! `#[derive(PsObject)]`

use proc_macro2::TokenStream;
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{
    Data, DeriveInput, Error, Field, Fields, GenericArgument, Ident, LitInt, LitStr, PathArguments, Result, Type,
};

use crate::attribute::{self, Errors};
use crate::parameter::pascal_case;

const KEYS: &[&str] = &["type_name", "view_name", "table", "list", "auto_size", "wrap"];
const COLUMN_KEYS: &[&str] = &["label", "width", "align"];
const FIELD_KEYS: &[&str] = &["name", "skip"];

/// What stands in `#[ps_object(…)]` on the struct.
#[derive(Default)]
struct Declaration {
    type_name: Option<LitStr>,
    view_name: Option<LitStr>,
    shape: Option<Shape>,
    auto_size: bool,
    wrap: bool,
}

enum Shape {
    Table(Vec<Column>),
    List(Vec<Column>),
}

/// A column of a table or a line of a list.
struct Column {
    field: Ident,
    label: Option<LitStr>,
    width: Option<LitInt>,
    align: Option<LitStr>,
}

/// A field that is a property.
struct Property<'a> {
    field: &'a Ident,
    kind: &'a Type,
    name: String,
}

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let mut errors = Errors::default();
    if !input.generics.params.is_empty() {
        errors.at(input.ident.span(), "an output type is one type: it cannot have generic parameters");
    }
    let properties = properties(input, &mut errors);
    let declaration = Declaration::read(input, &mut errors);
    let type_name = declaration.type_name.as_ref().map(LitStr::value).unwrap_or_default();
    if type_name.is_empty() {
        let span = input.ident.span();
        errors.at(span, "an output type needs its name: #[ps_object(type_name = \"Vendor.Product.Thing\")]");
    }
    let view = declaration.view(&type_name, &properties, &mut errors);
    errors.finish()?;

    let ident = &input.ident;
    let notes = properties.iter().map(|property| {
        let (field, name, value) = (property.field, &property.name, property.value());
        quote!((#name, { let value = object.#field; #value }))
    });
    Ok(quote! {
        #[automatically_derived]
        impl ::core::convert::From<#ident> for ::cmdlet::Value {
            #[allow(unused_variables)]
            fn from(object: #ident) -> ::cmdlet::Value {
                ::cmdlet::format::note_object(
                    &[#type_name, "System.Management.Automation.PSCustomObject", "System.Object"],
                    [#(#notes),*],
                )
            }
        }

        #[automatically_derived]
        impl ::cmdlet::PsObject for #ident {
            const TYPE_NAME: &'static str = #type_name;
            const VIEW: ::core::option::Option<::cmdlet::format::View> = #view;
        }
    })
}

fn properties<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Vec<Property<'a>> {
    let Data::Struct(data) = &input.data else {
        errors.at(input.ident.span(), "an output type is a struct");
        return Vec::new();
    };
    let Fields::Named(fields) = &data.fields else {
        errors.at(input.ident.span(), "properties need names: write the fields with names");
        return Vec::new();
    };
    fields.named.iter().filter_map(|field| Property::read(field, errors)).collect()
}

impl<'a> Property<'a> {
    fn read(field: &'a Field, errors: &mut Errors) -> Option<Property<'a>> {
        let ident = field.ident.as_ref()?;
        let mut name = pascal_case(&ident.to_string());
        let mut skip = false;
        attribute::read(&field.attrs, "ps_object", errors, |_, key, meta| {
            match key {
                "name" => name = attribute::text(meta)?.value(),
                "skip" => skip = attribute::flag(meta)?,
                _ => return Err(attribute::unknown(meta, FIELD_KEYS)),
            }
            Ok(())
        });
        (!skip).then_some(Property { field: ident, kind: &field.ty, name })
    }

    /// The field as a `Value`: lists as arrays, bytes as bytes, anything else by its own `Into`.
    fn value(&self) -> TokenStream {
        let span = self.kind.span();
        match vec_element(self.kind) {
            Some(element) if is_named(element, &["u8"]) => {
                quote::quote_spanned!(span=> ::cmdlet::Value::Bytes(value.into()))
            }
            Some(element) if is_named(element, &["String", "Str"]) => {
                quote::quote_spanned!(span=> ::cmdlet::Value::string_array(value))
            }
            Some(_) => quote::quote_spanned! {span=>
                ::cmdlet::Value::array(value.into_iter().map(::core::convert::Into::into).collect())
            },
            None => quote::quote_spanned!(span=> ::core::convert::Into::<::cmdlet::Value>::into(value)),
        }
    }

    /// Numbers stand to the right.
    fn is_number(&self) -> bool {
        const NUMBERS: &[&str] = &["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f32", "f64", "Decimal"];
        is_named(self.kind, NUMBERS)
    }
}

fn is_named(kind: &Type, names: &[&str]) -> bool {
    match kind {
        Type::Path(path) => path.path.segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name)),
        _ => false,
    }
}

/// The `T` of `Vec<T>`.
fn vec_element(kind: &Type) -> Option<&Type> {
    let Type::Path(path) = kind else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Vec")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(element) => Some(element),
        _ => None,
    })
}

impl Declaration {
    fn read(input: &DeriveInput, errors: &mut Errors) -> Declaration {
        let mut declaration = Declaration::default();
        attribute::read(&input.attrs, "ps_object", errors, |_, key, meta| {
            match key {
                "type_name" => declaration.type_name = Some(attribute::text(meta)?),
                "view_name" => declaration.view_name = Some(attribute::text(meta)?),
                "auto_size" => declaration.auto_size = attribute::flag(meta)?,
                "wrap" => declaration.wrap = attribute::flag(meta)?,
                "table" | "list" if declaration.shape.is_some() => {
                    return Err(meta.error("a type has one view: a table or a list"));
                }
                "table" => declaration.shape = Some(Shape::Table(columns(meta)?)),
                "list" => declaration.shape = Some(Shape::List(columns(meta)?)),
                _ => return Err(attribute::unknown(meta, KEYS)),
            }
            Ok(())
        });
        declaration
    }

    fn view(&self, type_name: &str, properties: &[Property<'_>], errors: &mut Errors) -> TokenStream {
        let name = match &self.view_name {
            Some(name) => name.value(),
            None => type_name.rsplit('.').next().unwrap_or(type_name).to_owned(),
        };
        let path = quote!(::cmdlet::format);
        match &self.shape {
            None => quote!(::core::option::Option::None),
            Some(Shape::Table(columns)) => {
                let columns: Vec<_> = columns.iter().map(|column| column.column(properties, errors)).collect();
                let auto_size = self.auto_size.then(|| quote!(.auto_size()));
                let wrap = self.wrap.then(|| quote!(.wrap()));
                quote!(::core::option::Option::Some(#path::View::table(#name, &[#type_name], &[#(#columns),*])#auto_size #wrap))
            }
            Some(Shape::List(items)) => {
                let items: Vec<_> = items.iter().map(|item| item.item(properties, errors)).collect();
                quote!(::core::option::Option::Some(#path::View::list(#name, &[#type_name], &[#(#items),*])))
            }
        }
    }
}

/// `(field, field(label = "…", width = 9, align = "Right"), …)`
fn columns(meta: &ParseNestedMeta<'_>) -> Result<Vec<Column>> {
    let mut columns = Vec::new();
    meta.parse_nested_meta(|meta| {
        let Some(field) = meta.path.get_ident().cloned() else {
            return Err(meta.error("a field's name is expected here"));
        };
        let mut column = Column { field, label: None, width: None, align: None };
        if meta.input.peek(syn::token::Paren) {
            meta.parse_nested_meta(|meta| {
                match attribute::key_name(&meta).as_str() {
                    "label" => column.label = Some(attribute::text(&meta)?),
                    "width" => column.width = Some(meta.value()?.parse()?),
                    "align" => column.align = Some(attribute::text(&meta)?),
                    _ => return Err(attribute::unknown(&meta, COLUMN_KEYS)),
                }
                Ok(())
            })?;
        }
        columns.push(column);
        Ok(())
    })?;
    if columns.is_empty() {
        return Err(meta.error("a view shows at least one field"));
    }
    Ok(columns)
}

impl Column {
    fn property<'a>(&self, properties: &'a [Property<'a>], errors: &mut Errors) -> Option<&'a Property<'a>> {
        let found = properties.iter().find(|property| *property.field == self.field);
        if found.is_none() {
            errors.at(self.field.span(), format!("there is no property `{}` to show", self.field));
        }
        found
    }

    fn column(&self, properties: &[Property<'_>], errors: &mut Errors) -> TokenStream {
        let Some(property) = self.property(properties, errors) else { return TokenStream::new() };
        let name = &property.name;
        let label = self.label.as_ref().map(|label| quote!(.label(#label)));
        let width = self.width.as_ref().map(|width| quote!(.width(#width)));
        let side = match self.align.as_ref().map(LitStr::value).as_deref() {
            None if property.is_number() => Some(quote!(Right)),
            None => None,
            Some("Left") => Some(quote!(Left)),
            Some("Center") => Some(quote!(Center)),
            Some("Right") => Some(quote!(Right)),
            Some(_) => {
                let span = self.align.as_ref().map_or(self.field.span(), LitStr::span);
                errors.push(Error::new(span, "a column is aligned Left, Center or Right"));
                None
            }
        };
        let align = side.map(|side| quote!(.align(::cmdlet::format::Alignment::#side)));
        quote!(::cmdlet::format::Column::property(#name)#label #width #align)
    }

    fn item(&self, properties: &[Property<'_>], errors: &mut Errors) -> TokenStream {
        let Some(property) = self.property(properties, errors) else { return TokenStream::new() };
        if self.width.is_some() || self.align.is_some() {
            errors.at(self.field.span(), "only the columns of a table have a width and are aligned");
        }
        let name = &property.name;
        let label = self.label.as_ref().map(|label| quote!(.label(#label)));
        quote!(::cmdlet::format::Item::property(#name)#label)
    }
}
