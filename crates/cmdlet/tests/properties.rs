//! Whatever a client sends, binding answers with parameters or with an error.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs, dead_code)]

mod commands;

use std::sync::Arc;

use clixml::{
    Content, DateTime, DateTimeKind, Decimal, Object, SecureString, Str, TimeSpan, TypeNames, Value, Version,
};
use cmdlet::convert::convert;
use cmdlet::{Argument, EnumInfo, ParameterType, bind};
use proptest::collection::vec;
use proptest::prelude::*;

static COLOUR: EnumInfo =
    EnumInfo { type_name: "Test.Colour", members: &[("Red", 1), ("Green", 2), ("Blue", 4)], flags: true };

fn kinds() -> impl Strategy<Value = ParameterType> {
    const KINDS: &[ParameterType] = &[
        ParameterType::String,
        ParameterType::Char,
        ParameterType::Bool,
        ParameterType::Switch,
        ParameterType::Byte,
        ParameterType::Int16,
        ParameterType::Int32,
        ParameterType::Int64,
        ParameterType::UInt16,
        ParameterType::UInt32,
        ParameterType::UInt64,
        ParameterType::Single,
        ParameterType::Double,
        ParameterType::Decimal,
        ParameterType::DateTime,
        ParameterType::TimeSpan,
        ParameterType::Guid,
        ParameterType::Version,
        ParameterType::Uri,
        ParameterType::IpAddress,
        ParameterType::Xml,
        ParameterType::ScriptBlock,
        ParameterType::SecureString,
        ParameterType::PsCredential,
        ParameterType::Hashtable,
        ParameterType::Object,
        ParameterType::Array(&ParameterType::String),
        ParameterType::Array(&ParameterType::Int32),
        ParameterType::Array(&ParameterType::Byte),
        ParameterType::Array(&ParameterType::Array(&ParameterType::Double)),
        ParameterType::Array(&ParameterType::PsCredential),
    ];
    prop_oneof![
        9 => proptest::sample::select(KINDS),
        1 => Just(ParameterType::Enum(&COLOUR)),
    ]
}

/// Texts of the kinds that parsers look for, and any others.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "[-+]?(0[xXbB])?[0-9a-fA-F]{0,40}(\\.[0-9]{0,30})?([eE][-+]?[0-9]{0,4})?[a-z]{0,2}([kmgtp]b)?",
        "[ 0-9:.,/+TZampGMT-]{0,40}",
        "(Mon|Tuesday|31|1|January|Feb|2024|99|[0-9]{1,4}|[:/., -]){0,8}",
        "[{(]?[0-9a-f-]{30,38}[)}]?",
        "<?[a-z/<>&;!\\[\\]?= \"']{0,30}>?",
        "[0-9a-f.:%\\[\\]]{0,24}",
        "(Red|green|B|[0-9]|,| ){0,5}",
        "https?://[a-z ./?#]{0,10}",
        ".{0,20}",
    ]
}

fn values() -> impl Strategy<Value = Value> {
    let primitive = prop_oneof![
        Just(Value::Null),
        texts().prop_map(Value::from),
        any::<u16>().prop_map(Value::Char),
        any::<bool>().prop_map(Value::Bool),
        any::<u8>().prop_map(Value::Byte),
        any::<i32>().prop_map(Value::Int32),
        any::<i64>().prop_map(Value::Int64),
        any::<u64>().prop_map(Value::UInt64),
        any::<f32>().prop_map(Value::Single),
        any::<f64>().prop_map(Value::Double),
        (any::<i128>(), 0_u8..=30)
            .prop_map(|(mantissa, scale)| Value::Decimal(Decimal { mantissa: mantissa >> 31, scale })),
        any::<i64>().prop_map(|ticks| Value::DateTime(DateTime { ticks, kind: DateTimeKind::Utc })),
        any::<i64>().prop_map(|ticks| Value::TimeSpan(TimeSpan::from_ticks(ticks))),
        vec(any::<u8>(), 0..5).prop_map(|bytes| Value::Bytes(Arc::from(bytes))),
        any::<u32>().prop_map(|major| Value::Version(Version::new(major, 0))),
        texts().prop_map(|text| Value::Uri(text.into())),
        texts().prop_map(|text| Value::Xml(text.into())),
        texts().prop_map(|text| Value::ScriptBlock(text.into())),
        texts().prop_map(|text| Value::SecureString(SecureString::new(text))),
    ];
    primitive.prop_recursive(4, 24, 4, |inner| {
        let names = proptest::sample::select(vec![
            "System.Object[]",
            "System.Management.Automation.PSCredential",
            "System.Management.Automation.SwitchParameter",
            "System.Net.IPAddress",
            "Deserialized.X",
        ]);
        let content = prop_oneof![
            Just(Content::None),
            inner.clone().prop_map(|value| Content::Primitive(Box::new(value))),
            vec(inner.clone(), 0..4).prop_map(Content::List),
            vec(inner.clone(), 0..4).prop_map(Content::Stack),
            vec((inner.clone(), inner.clone()), 0..3).prop_map(Content::Dictionary),
        ];
        let properties =
            vec((proptest::sample::select(vec!["Name", "IsPresent", "Password", "UserName", "Size"]), inner), 0..3);
        (proptest::option::of(names), proptest::option::of(texts()), content, properties).prop_map(
            |(name, text, content, properties)| {
                let mut object = Object { content, to_string: text.map(Str::from), ..Object::default() };
                object.type_names = name.map_or(TypeNames::None, |name| TypeNames::new([name]));
                object.adapted = properties.into_iter().collect();
                object.into()
            },
        )
    })
}

fn arguments() -> impl Strategy<Value = Vec<Argument>> {
    let name = prop_oneof![
        proptest::sample::select(vec![
            "Name",
            "N",
            "Count",
            "Level",
            "Item",
            "Alpha",
            "Beta",
            "Text",
            "Number",
            "Set",
            "Verbose",
            "ea",
            "OutBuffer",
            "WhatIf",
            "",
        ])
        .prop_map(str::to_owned),
        ".{0,4}",
    ];
    let one = prop_oneof![
        name.clone().prop_map(|name| Argument::Name(name.into())),
        (name, values()).prop_map(|(name, value)| Argument::Pair(name.into(), value)),
        values().prop_map(Argument::Value),
    ];
    vec(one, 0..6)
}

/// Two values, NaN equal to itself.
fn alike(one: &Value, other: &Value) -> bool {
    format!("{one:?}") == format!("{other:?}")
}

proptest! {
    #[test]
    fn j_087_converting_never_panics_and_what_is_converted_stays(value in values(), kind in kinds()) {
        if let Ok(once) = convert(&value, &kind) {
            let twice = convert(&once, &kind);
            prop_assert!(twice.as_ref().is_ok_and(|twice| alike(&once, twice)), "{kind:?}: {once:?} then {twice:?}");
        }
    }

    #[test]
    fn j_080_binding_never_panics(arguments in arguments(), objects in vec(values(), 0..4), input: bool) {
        for (info, make) in commands::all() {
            let Ok(binding) = bind::bind(info, arguments.clone(), input) else { continue };
            let Ok(mut bound) = binding.finish() else { continue };
            prop_assert!(make(&bound).is_ok(), "{}: what binds fits its fields", info.name);
            let before: Vec<_> = bound.iter().map(|(parameter, value)| (parameter.name, value.clone())).collect();
            for object in &objects {
                if bound.bind_pipeline_object(object).is_ok() {
                    prop_assert!(make(&bound).is_ok(), "{}: what binds fits its fields", info.name);
                }
                bound.clear_pipeline_object();
            }
            let after: Vec<_> = bound.iter().map(|(parameter, value)| (parameter.name, value.clone())).collect();
            let alike = format!("{before:?}") == format!("{after:?}");
            prop_assert!(alike, "objects leave the command line alone");
        }
    }

    #[test]
    fn a_secret_is_never_quoted(secret in "[a-z]{12}", kind in kinds()) {
        let value = Value::SecureString(SecureString::new(secret.clone()));
        let shown = match convert(&value, &kind) {
            Ok(converted) => format!("{converted:?}"),
            Err(error) => format!("{error:?}"),
        };
        prop_assert!(!shown.contains(&secret));
    }
}
