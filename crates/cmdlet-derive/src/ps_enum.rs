//! `#[derive(PsEnum)]`

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Fields, LitStr, Result};

use crate::attribute::{self, Errors};

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let mut errors = Errors::default();
    let mut type_name: Option<LitStr> = None;
    let mut flags = false;
    attribute::read(&input.attrs, "ps_enum", &mut errors, |_, key, meta| {
        match key {
            "type_name" => type_name = Some(attribute::text(meta)?),
            "flags" => flags = attribute::flag(meta)?,
            _ => return Err(attribute::unknown(meta, &["type_name", "flags"])),
        }
        Ok(())
    });
    let Some(type_name) = type_name else {
        errors.at(input.ident.span(), "the .NET name is missing: #[ps_enum(type_name = \"System.DayOfWeek\")]");
        errors.finish()?;
        return Ok(TokenStream::new());
    };
    let Data::Enum(data) = &input.data else {
        errors.at(input.ident.span(), "only an enum is an enumeration");
        errors.finish()?;
        return Ok(TokenStream::new());
    };
    let ident = &input.ident;
    let mut members = Vec::new();
    let mut arms = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            errors.at(variant.ident.span(), "a member of an enumeration has no fields");
        }
        let mut name = variant.ident.to_string();
        attribute::read(&variant.attrs, "ps_enum", &mut errors, |_, key, meta| {
            if key != "name" {
                return Err(attribute::unknown(meta, &["name"]));
            }
            name = attribute::text(meta)?.value();
            Ok(())
        });
        let variant = &variant.ident;
        members.push(quote!((#name, #ident::#variant as i32)));
        arms.push(
            quote!(if number == #ident::#variant as i32 { return ::core::option::Option::Some(#ident::#variant); }),
        );
    }
    let number_arms = data.variants.iter().map(|variant| {
        let variant = &variant.ident;
        quote!(#ident::#variant => #ident::#variant as i32)
    });
    errors.finish()?;
    Ok(quote! {
        const _: () = {
            static ENUM: ::cmdlet::EnumInfo =
                ::cmdlet::EnumInfo { type_name: #type_name, members: &[#(#members),*], flags: #flags };

            #[automatically_derived]
            impl ::cmdlet::convert::EnumMember for #ident {
                const ENUM: &'static ::cmdlet::EnumInfo = &ENUM;

                fn from_number(number: i32) -> ::core::option::Option<Self> {
                    #(#arms)*
                    ::core::option::Option::None
                }

                fn number(&self) -> i32 {
                    match self { #(#number_arms),* }
                }
            }

            #[automatically_derived]
            impl ::cmdlet::convert::ParameterKind for #ident {
                const KIND: ::cmdlet::ParameterType = ::cmdlet::ParameterType::Enum(&ENUM);
            }

            #[automatically_derived]
            impl ::cmdlet::convert::FromValue for #ident {
                fn from_value(value: &::cmdlet::Value) -> ::core::option::Option<Self> {
                    ::cmdlet::convert::enum_member(value)
                }
            }

            #[automatically_derived]
            impl ::core::convert::From<#ident> for ::cmdlet::Value {
                fn from(member: #ident) -> ::cmdlet::Value {
                    ::cmdlet::convert::enum_value(&member)
                }
            }
        };
    })
}
